// How AWS is asked: operations of its API by the API's own names, page by page, and again where the real provider asks again.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// record is a request or an answer of AWS's API, by the API's own names.
type record = map[string]any

// op is an operation of the engine's on one resource or data source.
type op struct {
	context.Context
	*schema.ResourceData
	*awsClient
	kind kind
}

// ask makes a call, such as "iam:GetRole", by the method of AWS's SDK of that name, and ends the operation if the call fails. A name in
// the request that the API does not have is an error.
func (o op) ask(operation string, request record) (answer record) {
	service, name, _ := strings.Cut(operation, ":")
	method := reflect.ValueOf(clients[service](o.awsClient, o.region())).MethodByName(name)
	input := reflect.New(method.Type().In(1).Elem())
	recode(request, input.Interface())
	results := method.Call([]reflect.Value{reflect.ValueOf(o.Context), input})
	if err, failed := results[1].Interface().(error); failed {
		check(err)
	}
	recode(results[0].Interface(), &answer)
	return answer
}

func recode(from, to any) {
	decoder := json.NewDecoder(bytes.NewReader(must(json.Marshal(from))))
	decoder.DisallowUnknownFields()
	check(decoder.Decode(to))
}

// do makes a call whose failure does not end the operation.
func (o op) do(operation string, request record) error {
	return attempt(func() { o.ask(operation, request) })
}

// about is a request with the resource's id, and with more.
func (o op) about(more ...record) record {
	return join(append(more, record{o.kind.id: o.Id()})...)
}

// sending makes a call about the resource, with those of these attributes that are given.
func sending(operation string, attributes ...string) func(op) {
	return func(o op) { o.ask(operation, o.about(o.given(attributes...))) }
}

// either makes one call for an attribute that is given, and another for one that is not.
func either(attribute, given, not string) func(op) {
	return func(o op) {
		if value := o.given(attribute); len(value) > 0 {
			o.ask(given, o.about(value))
		} else {
			o.ask(not, o.about())
		}
	}
}

// found looks a thing up by what a data source is asked for. What is there stands in a member of the answer, and its id in a member of
// that.
func found(operation, in, id string) func(o op) record {
	return func(o op) record {
		it := member(o.ask(operation, o.given(o.kind.named)), in)
		o.SetId(text(it[id]))
		return it
	}
}

// nextPage has, for each name of the next page in an answer, the name of the same in the next request.
var nextPage = map[string]string{
	"Marker": "Marker", "NextMarker": "Marker", "NextToken": "NextToken", "NextKeyMarker": "KeyMarker", "NextVersionIdMarker": "VersionIdMarker",
}

// all has what a member of the answers lists, on all pages.
func (o op) all(operation string, request record, member string) (result []record) {
	for more := true; more; {
		answer := o.ask(operation, request)
		result, more = append(result, records(answer[member])...), false
		for theirs, ours := range nextPage {
			if next := text(answer[theirs]); next != "" && (theirs != "Marker" || answer["IsTruncated"] == true) {
				request, more = join(request, record{ours: next}), true
			}
		}
	}
	return result
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

// textsOf has one member of each record; without a name it is for a list of texts.
func textsOf(all []record, name string) (result []string) {
	for _, each := range all {
		result = append(result, text(each[name]))
	}
	return result
}

func without(items, others []string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(others, item) })
}
