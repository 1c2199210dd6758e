// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// answer is the response to a call.
type answer struct {
	status      int
	header      http.Header
	contentType string
	// payload is sent as JSON. nil sends no body, and text is sent unchanged.
	payload any
	// dropped resets the connection instead.
	dropped bool
}

// text is a payload that is sent unchanged.
type text string

// failure is the body of an error (API reference).
type failure struct {
	ErrorCode      string `json:"error_code"`
	ErrorMsg       string `json:"error_msg"`
	RequestID      string `json:"request_id"`
	EncodedMessage string `json:"encoded_authorization_message,omitempty"`
}

// refusal is a response of the API that refuses a call.
type refusal struct{ answer }

func (r *refusal) Error() string { return fmt.Sprintf("%d: %v", r.status, r.payload) }

// refuse returns an error with the API's code.
func refuse(status int, code, message string) *refusal {
	return &refusal{answer{status: status, payload: failure{ErrorCode: code, ErrorMsg: message}}}
}

// badRequest is a 400 with the only code that the API reference lists for it.
func badRequest(message string) *refusal {
	return refuse(http.StatusBadRequest, "IIC.400", message)
}

// notFound is a 404 for an object that is neither a user nor a permission set.
func notFound(message string) *refusal {
	return refuse(http.StatusNotFound, "IIC.404", message)
}

// refuseWith returns a refusal with the status of an option and the matching code. notFound is the
// code of a 404.
func refuseWith(status int, notFound, message string) *refusal {
	code := map[int]string{http.StatusBadRequest: "IIC.400", http.StatusNotFound: notFound, http.StatusConflict: "IIC.1007"}[status]
	return refuse(status, cmp.Or(code, "IIC.1000"), message)
}

// iamFailure is the body of an error of IAM (API reference).
type iamFailure struct {
	Error struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Title   string `json:"title"`
	} `json:"error"`
}

// ofIAM returns the same refusal in IAM's format.
func (r *refusal) ofIAM() *refusal {
	known, is := r.payload.(failure)
	if !is || strings.HasPrefix(known.ErrorCode, "APIGW.") {
		return r
	}
	var body iamFailure
	body.Error.Code, body.Error.Message, body.Error.Title = r.status, known.ErrorMsg, http.StatusText(r.status)
	return &refusal{answer{status: r.status, header: r.header, payload: body}}
}

// encode returns the body.
func (a answer) encode(requestID string) []byte {
	switch payload := a.payload.(type) {
	case nil:
		return nil
	case text:
		return []byte(payload)
	case failure:
		payload.RequestID = requestID
		a.payload = payload
	}
	body, err := json.Marshal(a.payload)
	if err != nil {
		panic(fmt.Sprintf("simulator: an answer cannot be encoded: %v", err))
	}
	return body
}

// decode reads a JSON object into a pointer to a struct. Each field must exist, match exactly
// and occur once, and nothing may follow.
func decode(body []byte, v any) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := checkFields(d, reflect.TypeOf(v)); err != nil {
		return fmt.Errorf("the body is not as documented: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the body goes on after its JSON")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("the body is not as documented: %w", err)
	}
	return nil
}

// checkFields reads one JSON value of type t; nil is any type. Unlike encoding/json, it is
// case-sensitive and refuses repeated names.
func checkFields(d *json.Decoder, t reflect.Type) error {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return checkObject(d, t)
	case json.Delim('['):
		var inner reflect.Type
		if t != nil && t.Kind() == reflect.Slice {
			inner = t.Elem()
		}
		for d.More() {
			if err := checkFields(d, inner); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	if t != nil && t.Kind() == reflect.Struct && token != nil {
		return fmt.Errorf("%v is not an object", token)
	}
	return nil
}

// checkObject reads the remaining fields of an object of type t.
func checkObject(d *json.Decoder, t reflect.Type) error {
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		field, _ := name.(string)
		if seen[field] {
			return fmt.Errorf("field %q comes twice", field)
		}
		seen[field] = true
		var inner reflect.Type
		if t != nil && t.Kind() == reflect.Struct {
			if inner = fieldType(t, field); inner == nil {
				return fmt.Errorf("unknown field %q", field)
			}
		}
		if err := checkFields(d, inner); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// fieldType returns the type of the field with a JSON name; nil if there is none.
func fieldType(t reflect.Type, name string) reflect.Type {
	for _, field := range reflect.VisibleFields(t) {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name && !field.Anonymous {
			return field.Type
		}
	}
	return nil
}
