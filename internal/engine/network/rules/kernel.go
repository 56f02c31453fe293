package rules

import (
	"errors"
	"fmt"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
)

// Kernel is the packet filter of the network namespace that this process is in. It is for one goroutine at a time.
type Kernel struct {
	name string
	last *Table // nil until something was committed
}

// Open returns the kernel's table of that name, which need not exist.
func Open(name string) *Kernel { return &Kernel{name: name} }

// dial returns a connection. A transaction of hundreds of chains does not fit into the default socket buffers.
func dial() (*nftables.Conn, error) {
	const buffer = 16 << 20
	return nftables.New(nftables.WithSockOptions(func(c *netlink.Conn) error {
		return errors.Join(c.SetReadBuffer(buffer), c.SetWriteBuffer(buffer))
	}))
}

func (k *Kernel) table() *nftables.Table {
	return &nftables.Table{Family: nftables.TableFamilyIPv4, Name: k.name}
}

// Commit makes the kernel's table equal to t in one transaction. On an error nothing has changed, and the next
// Commit replaces the whole table.
func (k *Kernel) Commit(t *Table) error {
	tx := &transaction{table: k.table()}
	var err error
	if tx.conn, err = dial(); err != nil {
		return fmt.Errorf("packet filter: %w", err)
	}
	if k.last == nil {
		err = tx.replace(t)
	} else {
		err = tx.change(k.last, t)
	}
	if err == nil {
		err = tx.conn.Flush()
	}
	if err != nil {
		k.last = nil
		return fmt.Errorf("packet filter: table %s: %w", k.name, err)
	}
	k.last = t
	return nil
}

// Present tells whether the table is still there; another program may have flushed it. If it is not, the next
// Commit makes it anew.
func (k *Kernel) Present() (bool, error) {
	c, err := dial()
	if err != nil {
		return false, err
	}
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyIPv4)
	if err != nil {
		return false, err
	}
	n := 0
	for _, ch := range chains {
		if ch.Table.Name == k.name {
			n++
		}
	}
	if k.last != nil && n == len(k.last.Chains) {
		return true, nil
	}
	k.last = nil
	return false, nil
}

// Remove deletes the table; that there is none is no error.
func (k *Kernel) Remove() error {
	c, err := dial()
	if err != nil {
		return err
	}
	k.last = nil
	c.AddTable(k.table())
	c.DelTable(k.table())
	return c.Flush()
}
