package vpcd

import (
	"net"
	"syscall"
)

// quickAck has the next segment acknowledged at once (tcp(7), TCP_QUICKACK); the system forgets it after each read.
// A connection that cannot is only slower.
func quickAck(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
		})
	}
}
