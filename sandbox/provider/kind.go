// What all resources and data sources have in common: what is said of each, and how the engine's operations on it are served.
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

// kind is a type of resource; a data source has of its operations `read` alone. What one of them fails with is told with the operation,
// the title and the id, or the name where there is no id yet.
type kind struct {
	title    string
	fields   attributes
	names    names
	named    string   // the attribute with its name, or in a data source with what is looked for
	id       string   // what a request calls its id
	regional bool     // whether it is in a Region, which a program may choose
	gone     []string // the codes with which AWS says that there is no such thing
	tags     *tagging
	bridge   tfbridge.ResourceInfo                   // what the bridge has to know, beside the token
	parse    func(id string) (map[string]any, error) // from what is imported to attributes

	create   func(o op, name string) (id string)
	complete func(o op)        // what is left to do once it is there
	read     func(o op) record // nothing, where it is not there
	changes  []change
	again    bool // an update makes the call that creates it; also after a failure, when the state has what AWS has not
	remove   func(o op)
}

// change is what an update does when one of these attributes is another.
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

// schema has the kind's own attributes, and those that it shares with many others.
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
		err = planTags(d, meta.(*awsClient))
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

// serveRead forgets what is no longer there, which without an error is what has no answer.
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
	if prefix := k.named + "_prefix"; k.fields[prefix] != nil {
		values[prefix] = prefixOf(text(values[k.named]))
	}
	if k.tags != nil {
		remote := k.tags.read(answer["Tags"])
		values["tags"], values["tags_all"] = o.ownTags(remote), remote
	}
	check(setAll(o.ResourceData, values))
}

// serveUpdate writes tags first, or last where an empty value left open in the plan what they will be: so the real provider does
// ("run" of "internal/provider/sdkv2/tags_interceptor.go").
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
			k.tags.update(o, o.mergedTags(o.Get("tags")))
			k.tags.look(o)
		}
	})
	o.failed("updating", o.Id(), err)
	k.serveRead(o)
}

// serveDelete takes what is gone for deleted. An error that says of what it speaks does not speak of the resource.
func (k kind) serveDelete(o op) {
	err := attempt(func() { k.remove(o) })
	if errors.As(err, new(said)) || !isError(err, k.gone...) {
		o.failed("deleting", o.Id(), err)
	}
}

// serveLookUp leaves what was looked for as it was written. It is the id too, unless `read` sets another one.
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
