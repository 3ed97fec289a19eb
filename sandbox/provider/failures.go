// How an operation fails: what ends it, how that is told, and what AWS says of something that is not there.
package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"
)

// stopped is what an operation panics with, to end where it is. `attempt` makes an error of it again.
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

// attempt runs a part of an operation, and returns the error that ended it.
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

// each goes on after a failure. If there was one, it ends the operation at last, and tells of all of them.
func each[T any](items []T, do func(T) error) {
	var errs []error
	for _, item := range items {
		errs = append(errs, do(item))
	}
	if err := errors.Join(errs...); err != nil {
		check(said{err})
	}
}

// said is an error that says itself what was being done, and to what.
type said struct{ error }

func (s said) Unwrap() error { return s.error }

func saying(err error, format string, values ...any) error {
	if err == nil {
		return nil
	}
	return said{fmt.Errorf(format+": %w", append(values, err)...)}
}

// failed ends an operation for which there is an error, and says for one that does not say it what was being done, and to what.
func (o op) failed(doing, name string, err error) {
	if errors.As(err, new(said)) {
		check(err)
	}
	if name == "" {
		check(saying(err, "%s %s", doing, o.kind.title))
	}
	check(saying(err, "%s %s (%s)", doing, o.kind.title, name))
}

// errNotFound is all that the real provider says of what is not there, without AWS's own words ("retry.NotFoundError").
var errNotFound = errors.New("couldn't find resource")

// noSuchEntity is IAM's code for what is not there.
const noSuchEntity = "NoSuchEntity"

// isError says whether AWS answered with one of these error codes.
func isError(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
