package broker

import "github.com/nats-io/nats-server/v2/server"

// Server is the nats-server inside, for tests that ask it.
func (b *Broker) Server() *server.Server { return b.srv }
