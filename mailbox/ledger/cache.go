package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/receipt"
)

// cache reads a store's hashes at most once. It lives for one call: it must not outlast the transaction.
type cache struct {
	st     Store
	hashes map[int64]tlog.Hash
}

func newCache(st Store) *cache { return &cache{st: st, hashes: map[int64]tlog.Hash{}} }

func (c *cache) size() (int64, error) {
	n, err := c.st.Size()
	if err != nil {
		return 0, fmt.Errorf("ledger: size: %w", err)
	}
	if n < 0 || n > receipt.MaxSize {
		return 0, ErrStore
	}
	return n, nil
}

func (c *cache) keep(first int64, hashes []tlog.Hash) {
	for i, h := range hashes {
		c.hashes[first+int64(i)] = h
	}
}

// ReadHashes implements tlog.HashReader.
func (c *cache) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	if err := c.fetch(indexes); err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = c.hashes[n]
	}
	return out, nil
}

func (c *cache) fetch(indexes []int64) error {
	var missing []int64
	for _, n := range indexes {
		if _, ok := c.hashes[n]; !ok {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	got, err := c.st.ReadHashes(missing)
	if err != nil {
		return fmt.Errorf("ledger: read hashes: %w", err)
	}
	if len(got) != len(missing) {
		return ErrStore
	}
	for i, n := range missing {
		c.hashes[n] = got[i]
	}
	return nil
}
