package ifd

import "net"

// ServeOne serves one connection.
func ServeOne(conn net.Conn, slots ...*Slot) {
	d := &device{slots: slots, conns: map[net.Conn]bool{}}
	_ = d.serve(conn)
}
