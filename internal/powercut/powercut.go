// Package powercut runs a kiosk and a mailbox in a machine of their own (QEMU) on a disk that loses what was not
// flushed (rig/volatile), and takes its power: at random moments, and at each point of package fail. What people were
// told is counted outside of the machine. `make powercut` runs it; deploy/powercut-packages brings what it needs.
//
// Error model: it is a test of the whole; whatever the machine needs and has not fails it.
package powercut
