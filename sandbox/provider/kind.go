// What all resources and data sources have in common: how their operations are served, and how a failure is told.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/customdiff"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// kind is a type of resource. What its operations return as an error is told with the operation, the title and the id.
type kind struct {
	title  string
	fields map[string]*schema.Schema
	names  names
	gone   []string // the codes with which AWS says that there is no such thing
	tags   *tagging
	plan   schema.CustomizeDiffFunc
	parse  func(id string) (map[string]any, error) // from what is imported to attributes

	create  func(o op) (id string, err error) // with an error, a name of it
	read    func(o op) (answer record, err error)
	changes []change
	remove  func(o op) error
}

// change is what an update calls when one of these attributes is another, or always where none is named.
type change struct {
	of   []string
	make func(o op) error
}

func (k kind) resource() *schema.Resource {
	r := &schema.Resource{
		CreateContext: k.serving(k.serveCreate),
		ReadContext:   k.serving(k.serveRead),
		DeleteContext: schema.NoopContext,
		Importer:      &schema.ResourceImporter{StateContext: k.importState},
		CustomizeDiff: k.plan,
		Schema:        k.fields,
	}
	if k.tags != nil {
		r.CustomizeDiff = planTags
		if k.plan != nil {
			r.CustomizeDiff = customdiff.Sequence(planTags, k.plan)
		}
	}
	if len(k.changes) > 0 || k.tags != nil {
		r.UpdateContext = k.serving(k.serveUpdate)
	}
	if k.remove != nil {
		r.DeleteContext = k.serving(k.serveDelete)
	}
	return r
}

func (k kind) serving(serve func(o op) error) func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		return diag.FromErr(serve(op{ctx, d, meta.(*awsClient), k.names}))
	}
}

func (k kind) importState(_ context.Context, d *schema.ResourceData, _ any) ([]*schema.ResourceData, error) {
	if k.parse == nil {
		return []*schema.ResourceData{d}, nil
	}
	values, err := k.parse(d.Id())
	return []*schema.ResourceData{d}, errors.Join(err, setAll(d, values))
}

func (k kind) serveCreate(o op) error {
	id, err := k.create(o)
	if err != nil {
		return failed("creating", k.title, id, err)
	}
	o.SetId(id)
	return k.serveRead(o)
}

// serveRead forgets what is no longer there, which without an error is what has no answer.
func (k kind) serveRead(o op) error {
	answer, err := k.read(o)
	if err == nil && answer == nil || isError(err, k.gone...) {
		if !o.IsNewResource() {
			o.SetId("")
			return nil
		}
		err = errNotFound
	}
	if err != nil {
		return failed("reading", k.title, o.Id(), err)
	}
	values := k.names.fromAPI(k.fields, answer)
	if k.tags != nil {
		remote := k.tags.read(answer["Tags"])
		values["tags"], values["tags_all"] = o.ownTags(remote), remote
	}
	return setAll(o.ResourceData, o.withRegion(k.fields, values))
}

// serveUpdate writes tags first, or last where an empty value left open in the plan what they will be: so the real provider does
// ("run" of "internal/provider/sdkv2/tags_interceptor.go").
func (k kind) serveUpdate(o op) error {
	late := k.tags != nil && !o.GetRawPlan().IsNull() && !o.GetRawPlan().GetAttr("tags_all").IsWhollyKnown()
	if k.tags != nil && !late {
		if err := k.tags.update(k.title, o); err != nil {
			return err
		}
	}
	for _, change := range k.changes {
		if len(change.of) == 0 || o.HasChanges(change.of...) {
			if err := change.make(o); err != nil {
				return failed("updating", k.title, o.Id(), err)
			}
		}
	}
	if late {
		if err := k.tags.updateAndList(k.title, o); err != nil {
			return err
		}
	}
	return k.serveRead(o)
}

func (k kind) serveDelete(o op) error {
	err := k.remove(o)
	if err != nil && (errors.As(err, new(said)) || !isError(err, k.gone...)) {
		return failed("deleting", k.title, o.Id(), err)
	}
	return nil
}

// again updates with what creates a resource, where the same call does both: also after a failure, when the state has what AWS has not.
func again(create func(op) (string, error)) []change {
	return []change{{nil, func(o op) error {
		_, err := create(o)
		return err
	}}}
}

// source is a data source: from its arguments to an id, which with an error is what was looked for, and an answer.
type source struct {
	title  string
	fields map[string]*schema.Schema
	names  names
	gone   []string
	read   func(o op) (id string, answer record, err error)
}

func (s source) resource() *schema.Resource {
	return &schema.Resource{ReadContext: kind{names: s.names}.serving(s.serve), Schema: s.fields}
}

func (s source) serve(o op) error {
	id, answer, err := s.read(o)
	if isError(err, s.gone...) {
		err = errNotFound
	}
	if err != nil {
		return failed("reading", s.title, id, err)
	}
	o.SetId(id)
	values := s.names.fromAPI(s.fields, answer)
	for name, field := range s.fields {
		if field.Required {
			delete(values, name) // what was asked for stays as it was asked for
		}
	}
	return setAll(o.ResourceData, o.withRegion(s.fields, values))
}

// found looks a thing up by one argument. What is there stands in a member of the answer, and its id in a member of that.
func found(operation, by, in, id string) func(o op) (string, record, error) {
	return func(o op) (string, record, error) {
		answer, err := o.ask(operation, o.given(by))
		if err != nil {
			return o.Get(by).(string), nil, err
		}
		return text(member(answer, in)[id]), member(answer, in), nil
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

func failed(doing, title, id string, err error) error {
	switch {
	case errors.As(err, new(said)):
		return err
	case id == "":
		return fmt.Errorf("%s %s: %w", doing, title, err)
	}
	return fmt.Errorf("%s %s (%s): %w", doing, title, id, err)
}
