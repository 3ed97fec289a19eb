// How AWS is asked: operations of its API by the API's own names, page by page, and again where the real provider asks again.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// record is a request or an answer of AWS's API, by the API's own names.
type record = map[string]any

func recode(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(to)
}

// op is an operation of the engine's on one resource or data source.
type op struct {
	context.Context
	*schema.ResourceData
	*awsClient
	names names
}

// ask makes a call, such as "iam:GetRole", by the method of AWS's SDK of that name. A name in the request that the API does not have
// is an error.
func (o op) ask(operation string, request record) (answer record, err error) {
	service, name, _ := strings.Cut(operation, ":")
	method := reflect.ValueOf(clients[service](o.awsClient, o.regionOf(o.ResourceData))).MethodByName(name)
	input := reflect.New(method.Type().In(1).Elem())
	if err := recode(request, input.Interface()); err != nil {
		return nil, err
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(o.Context), input})
	if err, failed := results[1].Interface().(error); failed {
		return nil, err
	}
	err = recode(results[0].Interface(), &answer)
	return answer, err
}

func (o op) do(operation string, request record) error {
	_, err := o.ask(operation, request)
	return err
}

// sending makes a call about a thing, with those of these attributes that are given.
func sending(operation string, thing func(op) record, attributes ...string) func(op) error {
	return func(o op) error { return o.do(operation, join(thing(o), o.given(attributes...))) }
}

// either makes one call for an attribute that is given, and another for one that is not.
func either(attribute string, thing func(op) record, given, not string) func(op) error {
	return func(o op) error {
		if value := o.given(attribute); len(value) > 0 {
			return o.do(given, join(thing(o), value))
		}
		return o.do(not, thing(o))
	}
}

// nextPage has, for each name of the next page in an answer, the name of the same in the next request.
var nextPage = map[string]string{
	"Marker": "Marker", "NextMarker": "Marker", "NextToken": "NextToken", "NextKeyMarker": "KeyMarker", "NextVersionIdMarker": "VersionIdMarker",
}

// all has what a member of the answers lists, on all pages.
func (o op) all(operation string, request record, member string) (result []record, err error) {
	for more := true; more; {
		answer, err := o.ask(operation, request)
		if err != nil {
			return nil, err
		}
		result, more = append(result, records(answer[member])...), false
		for theirs, ours := range nextPage {
			if next := text(answer[theirs]); next != "" && (theirs != "Marker" || answer["IsTruncated"] == true) {
				request, more = join(request, record{ours: next}), true
			}
		}
	}
	return result, nil
}

func join(all ...record) record {
	result := record{}
	for _, each := range all {
		maps.Copy(result, each)
	}
	return result
}

// member is the record in a member of an answer, or nothing.
func member(answer record, name string) record {
	found, _ := answer[name].(record)
	return found
}

func records(list any) (result []record) {
	values, _ := list.([]any)
	for _, value := range values {
		if each, ok := value.(record); ok {
			result = append(result, each)
		} else {
			result = append(result, record{"": value}) // a list of texts
		}
	}
	return result
}

func text(value any) string {
	result, _ := value.(string)
	return result
}

// texts has one member of each record; without a name it is for a list of texts.
func textsOf(all []record, name string) (result []string) {
	for _, each := range all {
		result = append(result, text(each[name]))
	}
	return result
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

// insist makes a call again as long as AWS answers with this code, for the time that IAM's changes may take to be everywhere.
func (o op) insist(code, operation string, request record) error {
	until := time.Now().Add(o.patience)
	for pause := 500 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		err := o.do(operation, request)
		if !isError(err, code) || time.Now().Add(pause).After(until) {
			return err
		}
		time.Sleep(pause)
	}
}

// each goes on after a failure, and tells of all of them.
func each[T any](items []T, do func(T) error) error {
	var errs []error
	for _, item := range items {
		errs = append(errs, do(item))
	}
	return errors.Join(errs...)
}

// inTurn stops at the first failure.
func inTurn[T any](items []T, do func(T) error) error {
	for _, item := range items {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

func without(items, others []string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(others, item) })
}
