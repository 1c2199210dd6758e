// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile returns the content of a regular file: any other, such as a pipe, may block or
// never end. It fails if the content is longer than limit bytes. The error does not name
// the file.
func ReadFile(name string, limit int64) (content []byte, err error) {
	defer func() {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
	}()
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(name) //nolint:gosec // The user says which file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err = io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return content, err
}
