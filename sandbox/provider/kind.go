// What all resources and data sources have in common: how each is described, and how it serves the engine's operations.
package main

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// kind describes a type of resource, or a data source. Of the functions below, a data source has only `read`. An error gets the operation,
// the title and the id in front. Before there is an id, it gets the name.
type kind struct {
	title    string
	fields   attributes
	names    names
	named    string   // the attribute with its name, or with what a data source looks for
	id       string   // the name of its id in a request
	regional bool     // it is in a Region, and has the argument `region`
	gone     []string // AWS's error codes when it isn't there
	tags     *tagging
	bridge   tfbridge.ResourceInfo                   // the bridge's options, without the token
	parse    func(id string) (map[string]any, error) // from an imported id to attributes

	create   func(o op, name string) (id string)
	complete func(o op)        // runs after `create`, when the id is known
	read     func(o op) record // returns nil when it isn't there
	changes  []change
	again    bool // an update calls `create`, even if nothing changed: after a failure, the state can be ahead of AWS
	remove   func(o op)
}

// change is what an update does when one of these attributes changed.
type change struct {
	of   []string
	make func(o op)
}

func (k kind) resource() *schema.Resource {
	r := &schema.Resource{
		CreateContext: k.serving(k.serveCreate),
		ReadContext:   k.serving(k.serveRead),
		DeleteContext: schema.NoopContext,
		Importer:      &schema.ResourceImporter{StateContext: k.importState},
		CustomizeDiff: k.customize,
		Schema:        k.schema(),
	}
	if k.regional {
		forceNew(r.Schema["region"])
	}
	if len(k.changes) > 0 || k.again || k.tags != nil {
		r.UpdateContext = k.serving(k.serveUpdate)
	}
	if k.remove != nil {
		r.DeleteContext = k.serving(k.serveDelete)
	}
	return r
}

func (k kind) dataSource() *schema.Resource {
	return &schema.Resource{ReadContext: k.serving(k.serveLookUp), Schema: k.schema()}
}

// schema adds the attributes that many kinds share.
func (k kind) schema() attributes {
	all := maps.Clone(k.fields)
	if k.regional {
		all["region"] = aString(optional, computed)
	}
	if k.tags != nil {
		all["tags"], all["tags_all"] = aMap(optional), aMap(optional, computed)
	}
	return all
}

func (k kind) customize(_ context.Context, d *schema.ResourceDiff, meta any) (err error) {
	if k.regional {
		err = planRegion(d, meta.(*awsClient))
	}
	if err == nil && k.tags != nil {
		err = planTags(d)
	}
	return err
}

func (k kind) importState(_ context.Context, d *schema.ResourceData, _ any) ([]*schema.ResourceData, error) {
	if k.parse == nil {
		return []*schema.ResourceData{d}, nil
	}
	values, err := k.parse(d.Id())
	return []*schema.ResourceData{d}, errors.Join(err, setAll(d, values))
}

func (k kind) serving(serve func(o op)) func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		return diag.FromErr(attempt(func() { serve(op{ctx, d, meta.(*awsClient), k}) }))
	}
}

func (k kind) serveCreate(o op) {
	name := o.name()
	err := attempt(func() {
		o.SetId(k.create(o, name))
		if k.complete != nil {
			k.complete(o)
		}
	})
	o.failed("creating", cmp.Or(o.Id(), name), err)
	k.serveRead(o)
}

// serveRead removes a resource from the state when it is no longer there.
func (k kind) serveRead(o op) {
	var answer record
	err := attempt(func() { answer = k.read(o) })
	if err == nil && answer == nil || isError(err, k.gone...) {
		if !o.IsNewResource() {
			o.SetId("")
			return
		}
		err = errNotFound
	}
	o.failed("reading", o.Id(), err)
	values := o.state(answer)
	if k.tags != nil {
		remote := k.tags.read(answer["Tags"])
		values["tags"], values["tags_all"] = remote, remote
	}
	check(setAll(o.ResourceData, values))
}

// serveUpdate writes tags first. If a tag has an empty value, the plan left them open, and they are written last. The real provider does
// the same ("run" of "internal/provider/sdkv2/tags_interceptor.go").
func (k kind) serveUpdate(o op) {
	late := k.tags != nil && !o.GetRawPlan().IsNull() && !o.GetRawPlan().GetAttr("tags_all").IsWhollyKnown()
	err := attempt(func() {
		if k.tags != nil && !late {
			_, after := o.GetChange("tags_all")
			k.tags.update(o, toStringMap(after))
		}
		for _, change := range k.changes {
			if o.HasChanges(change.of...) {
				change.make(o)
			}
		}
		if k.again {
			k.create(o, o.name())
		}
		if late {
			k.tags.update(o, toStringMap(o.Get("tags")))
			k.tags.look(o)
		}
	})
	o.failed("updating", o.Id(), err)
	k.serveRead(o)
}

// serveDelete succeeds if the resource is gone. An error with words of its own (`said`) is about something else, and counts.
func (k kind) serveDelete(o op) {
	err := attempt(func() { k.remove(o) })
	if errors.As(err, new(said)) || !isError(err, k.gone...) {
		o.failed("deleting", o.Id(), err)
	}
}

// serveLookUp keeps the argument as the program wrote it. It is the id too, unless `read` sets another one.
func (k kind) serveLookUp(o op) {
	var answer record
	wanted := o.name()
	o.SetId(cmp.Or(wanted, "-"))
	err := attempt(func() { answer = k.read(o) })
	if isError(err, k.gone...) {
		err = errNotFound
	}
	o.failed("reading", wanted, err)
	values := o.state(answer)
	delete(values, k.named)
	check(setAll(o.ResourceData, values))
}
