// What all resources and data sources have in common: how their operations are served, and how a failure is told.
package main

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

type operation = func(ctx context.Context, d *schema.ResourceData, c *awsClient) error

// kind is a type of resource. What its operations return as an error is told with the operation, the title and the id.
type kind struct {
	title  string
	fields map[string]*schema.Schema
	plan   schema.CustomizeDiffFunc
	gone   []string // the codes with which AWS says that there is no such thing

	create func(ctx context.Context, d *schema.ResourceData, c *awsClient) (id string, err error) // with an error, a name of it
	read   func(ctx context.Context, d *schema.ResourceData, c *awsClient) (values map[string]any, err error)
	update operation
	remove operation
}

func (k kind) resource() *schema.Resource {
	r := &schema.Resource{
		CreateContext: k.serveCreate,
		ReadContext:   k.serveRead,
		DeleteContext: schema.NoopContext,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: k.plan,
		Schema:        k.fields,
	}
	if _, tagged := k.fields["tags_all"]; tagged && k.plan == nil {
		r.CustomizeDiff = planTags
	}
	if k.update != nil {
		r.UpdateContext = k.serveUpdate
	}
	if k.remove != nil {
		r.DeleteContext = k.serveDelete
	}
	return r
}

func (k kind) serveCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	id, err := k.create(ctx, d, meta.(*awsClient))
	if err != nil {
		return failed("creating", k.title, id, err)
	}
	d.SetId(id)
	return k.serveRead(ctx, d, meta)
}

// serveRead forgets what is no longer there, which without an error is what has no values.
func (k kind) serveRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*awsClient)
	values, err := k.read(ctx, d, c)
	if err == nil && values == nil || isError(err, k.gone...) {
		if !d.IsNewResource() {
			d.SetId("")
			return nil
		}
		err = errors.Join(err, errNotFound)
	}
	if err != nil {
		return failed("reading", k.title, d.Id(), err)
	}
	if remote, tagged := values["tags_all"].(map[string]string); tagged {
		values["tags"] = c.ownTags(d, remote)
	}
	return diag.FromErr(setAll(d, c.withRegion(d, k.fields, values)))
}

func (k kind) serveUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if err := k.update(ctx, d, meta.(*awsClient)); err != nil {
		return failed("updating", k.title, d.Id(), err)
	}
	return k.serveRead(ctx, d, meta)
}

func (k kind) serveDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if err := k.remove(ctx, d, meta.(*awsClient)); err != nil && !isError(err, k.gone...) {
		return failed("deleting", k.title, d.Id(), err)
	}
	return nil
}

// source is a data source: from its arguments to an id, which with an error is what was looked for, and its attributes.
type source struct {
	title  string
	fields map[string]*schema.Schema
	read   func(ctx context.Context, d *schema.ResourceData, c *awsClient) (id string, values map[string]any, err error)
}

func (s source) resource() *schema.Resource {
	return &schema.Resource{ReadContext: s.serve, Schema: s.fields}
}

func (s source) serve(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*awsClient)
	id, values, err := s.read(ctx, d, c)
	if err != nil {
		return failed("reading", s.title, id, err)
	}
	d.SetId(id)
	return diag.FromErr(setAll(d, c.withRegion(d, s.fields, values)))
}

// again makes an update of what creates a resource, where the same call does both.
func again(create func(context.Context, *schema.ResourceData, *awsClient) (string, error)) operation {
	return func(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
		_, err := create(ctx, d, c)
		return err
	}
}

var errNotFound = errors.New("couldn't find resource")

// said is an error that says itself what was being done, and to what.
type said struct{ error }

func (s said) Unwrap() error { return s.error }

func failed(doing, title, id string, err error) diag.Diagnostics {
	switch {
	case errors.As(err, new(said)):
		return diag.FromErr(err)
	case id == "":
		return diag.Errorf("%s %s: %s", doing, title, err)
	}
	return diag.Errorf("%s %s (%s): %s", doing, title, id, err)
}
