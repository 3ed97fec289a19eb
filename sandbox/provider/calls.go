// How AWS is called: by the API's own names, page by page, and again when the real provider tries again.
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

// op is one operation of the engine on one resource or data source.
type op struct {
	context.Context
	*schema.ResourceData
	*awsClient
	kind kind
}

// ask makes a call, such as "iam:GetRole", with the method of that name in AWS's SDK. If it fails, the operation ends. A name in the
// request that the API doesn't know is an error.
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

// do makes a call, and returns its error instead of ending the operation.
func (o op) do(operation string, request record) error {
	return attempt(func() { o.ask(operation, request) })
}

// about is a request about this resource: its id, and more.
func (o op) about(more ...record) record {
	return join(append(more, record{o.kind.id: o.Id()})...)
}

// sending makes a call about this resource, with those of the attributes that are not empty.
func sending(operation string, attributes ...string) func(op) {
	return func(o op) { o.ask(operation, o.about(o.given(attributes...))) }
}

// either makes one call if the attribute has a value, and another if it has none.
func either(attribute, given, not string) func(op) {
	return func(o op) {
		if value := o.given(attribute); len(value) > 0 {
			o.ask(given, o.about(value))
		} else {
			o.ask(not, o.about())
		}
	}
}

// found looks something up by the data source's `named` argument. The answer has it in one member, and its id in a member of that.
func found(operation, in, id string) func(o op) record {
	return func(o op) record {
		it := member(o.ask(operation, o.given(o.kind.named)), in)
		o.SetId(text(it[id]))
		return it
	}
}

// nextPage maps the member of an answer that names the next page to the member of the next request.
var nextPage = map[string]string{
	"Marker": "Marker", "NextMarker": "Marker", "NextToken": "NextToken",
}

// all has the elements of a list in the answers, from all pages.
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

// insist makes a call again as long as AWS answers with this code and the provider is patient: IAM's changes take time to be everywhere.
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

// member is the record in a member of an answer. It is nil if the answer has none.
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

// textsOf has one member of each record. In a list of texts, the member's name is empty.
func textsOf(all []record, name string) (result []string) {
	for _, each := range all {
		result = append(result, text(each[name]))
	}
	return result
}

func without(items, others []string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(others, item) })
}
