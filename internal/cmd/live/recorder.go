// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"os"
	"slices"
	"sync"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// recorder keeps every exchange, in memory and as one line of JSON each in a file
// that only its owner may read. It is safe for concurrent use.
type recorder struct {
	file *os.File

	mu        sync.Mutex
	exchanges []transport.Exchange
	// err is the first failure to write.
	err error
}

// newRecorder makes a new file in a folder; "" makes a temporary folder, too.
func newRecorder(dir, name string) (*recorder, error) {
	var err error
	if dir == "" {
		dir, err = os.MkdirTemp("", "identitycenter-live-")
	} else {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, name+"-*.jsonl")
	return &recorder{file: file}, err
}

func (r *recorder) record(exchange transport.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, exchange)
	if err := json.NewEncoder(r.file).Encode(exchange); err != nil && r.err == nil {
		r.err = err
	}
}

// all returns the exchanges so far, in the order in which they ended.
func (r *recorder) all() []transport.Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.exchanges)
}

func (r *recorder) close() { _ = r.file.Close() }
