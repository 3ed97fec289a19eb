// How an operation fails: what ends it, the words of the error, and AWS's error codes.
package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"
)

// stopped ends an operation: `check` panics with it, `attempt` turns it back into an error. So a function can call AWS step by step,
// without an `if` after each call.
type stopped struct{ error }

func check(err error) {
	if err != nil {
		panic(stopped{err})
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

// attempt returns the error that ended a part of an operation.
func attempt(do func()) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case stopped:
			err = cause.error
		default:
			panic(cause)
		}
	}()
	do()
	return nil
}

// each does something for all items, even after a failure. Then it ends the operation with all errors.
func each[T any](items []T, do func(T) error) {
	var errs []error
	for _, item := range items {
		errs = append(errs, do(item))
	}
	if err := errors.Join(errs...); err != nil {
		check(said{err})
	}
}

// said is an error that already says what was being done. `failed` adds no words to it.
type said struct{ error }

func (s said) Unwrap() error { return s.error }

func saying(err error, format string, values ...any) error {
	if err == nil {
		return nil
	}
	return said{fmt.Errorf(format+": %w", append(values, err)...)}
}

// failed ends an operation if there is an error, with the operation, the title and the name in front.
func (o op) failed(doing, name string, err error) {
	if errors.As(err, new(said)) {
		check(err)
	}
	if name == "" {
		check(saying(err, "%s %s", doing, o.kind.title))
	}
	check(saying(err, "%s %s (%s)", doing, o.kind.title, name))
}

// errNotFound replaces AWS's own words, as in the real provider ("retry.NotFoundError").
var errNotFound = errors.New("couldn't find resource")

// noSuchEntity is IAM's code when something isn't there.
const noSuchEntity = "NoSuchEntity"

// isError reports whether AWS answered with one of these codes.
func isError(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
