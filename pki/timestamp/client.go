package timestamp

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"net/http"
)

// Client asks a time-stamp authority by HTTP (RFC 3161 §3.4).
type Client struct {
	URL     string
	HTTP    *http.Client // nil: http.DefaultClient
	Options Options      // what its tokens must satisfy; the nonce is the client's
}

const maxResponse = 1 << 17 // a token with its certificates is a few kilobytes

// Stamp returns a token over data that satisfies the options. It has the shape of cms.Options.Stamp.
func (c *Client) Stamp(ctx context.Context, data []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("timestamp: draw nonce: %w", err)
	}
	body, err := NewRequest(data, nonce)
	if err != nil {
		return nil, err
	}
	answer, err := c.post(ctx, body)
	if err != nil {
		return nil, err
	}
	token, err := ParseResponse(answer)
	if err != nil {
		return nil, err
	}
	o := c.Options
	o.Nonce = nonce
	if _, err := Verify(token, data, o); err != nil {
		return nil, err
	}
	return token, nil
}

func (c *Client) post(ctx context.Context, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("timestamp: request: %w", err)
	}
	request.Header.Set("Content-Type", "application/timestamp-query")
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("timestamp: ask authority: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err != nil {
		return nil, fmt.Errorf("timestamp: read response: %w", err)
	}
	if response.StatusCode != http.StatusOK || len(answer) > maxResponse {
		return nil, fail(Format, "HTTP")
	}
	return answer, nil
}
