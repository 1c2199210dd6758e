// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// fileTimeout limits the wait for a file, such as a pipe without a writer.
const fileTimeout = 10 * time.Second

// ReadFile returns the content of a file. It fails if the content is longer than limit
// bytes, or cannot be read within ten seconds or before ctx ends. The error does not name
// the file.
func ReadFile(ctx context.Context, name string, limit int64) ([]byte, error) {
	return readFile(ctx, name, limit, fileTimeout)
}

func readFile(ctx context.Context, name string, limit int64, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it could not be read within %s", timeout))
	defer cancel()
	type result struct {
		content []byte
		err     error
	}
	// Opening and reading a pipe may block for ever, whatever the context.
	done := make(chan result, 1)
	go func() {
		content, err := readUpTo(ctx, name, limit)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		var path *fs.PathError
		if errors.As(r.err, &path) {
			r.err = path.Err // Without the name.
		}
		return r.content, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func readUpTo(ctx context.Context, name string, limit int64) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // The user says which file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	// This ends a read in progress.
	defer context.AfterFunc(ctx, func() { _ = file.Close() })()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return content, err
}
