// Tags: those of the resource together with the provider's default tags, as every taggable resource has them.
package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func withTags(s map[string]*schema.Schema) map[string]*schema.Schema {
	s["tags"] = stringMap()
	s["tags_all"] = &schema.Schema{
		Type: schema.TypeMap, Optional: true, Computed: true, Elem: &schema.Schema{Type: schema.TypeString},
	}
	return s
}

// planTags shows in preview what tags_all will be.
func planTags(_ context.Context, d *schema.ResourceDiff, meta any) error {
	if !d.GetRawPlan().IsNull() && !d.GetRawPlan().GetAttr("tags").IsWhollyKnown() {
		return d.SetNewComputed("tags_all")
	}
	return d.SetNew("tags_all", mergedTags(d.Get("tags"), meta))
}

func mergedTags(own, meta any) map[string]string {
	result := map[string]string{}
	for key, value := range meta.(*awsClient).defaultTags {
		result[key] = value
	}
	for key, value := range toStringMap(own) {
		result[key] = value
	}
	return result
}

// convertTags writes the tags to send in a service's own type.
func convertTags[T any](d *schema.ResourceData, meta any, convert func(key, value *string) T) []T {
	return convertMap(mergedTags(d.Get("tags"), meta), convert)
}

func convertMap[T any](tags map[string]string, convert func(key, value *string) T) []T {
	var result []T
	for key, value := range tags {
		result = append(result, convert(&key, &value))
	}
	return result
}

// setTags stores what AWS has: all of it, and what of it is the resource's own and not the provider's default.
func setTags(d *schema.ResourceData, meta any, remote map[string]string) error {
	own, configured := map[string]string{}, toStringMap(d.Get("tags"))
	for key, value := range remote {
		standard, isDefault := meta.(*awsClient).defaultTags[key]
		if _, named := configured[key]; named || !isDefault || standard != value {
			own[key] = value
		}
	}
	return setAll(d, map[string]any{"tags": own, "tags_all": remote})
}

// retag calls a service's two APIs for tags, each only with what changed.
func retag(d *schema.ResourceData, remove func(keys []string) error, write func(tags map[string]string) error) error {
	removed, written := changedTags(d)
	if len(removed) > 0 {
		if err := remove(removed); err != nil {
			return fmt.Errorf("removing tags: %w", err)
		}
	}
	if len(written) > 0 {
		if err := write(written); err != nil {
			return fmt.Errorf("writing tags: %w", err)
		}
	}
	return nil
}

func changedTags(d *schema.ResourceData) (removed []string, written map[string]string) {
	before, after := d.GetChange("tags_all")
	written = toStringMap(after)
	for key, value := range toStringMap(before) {
		current, kept := written[key]
		switch {
		case !kept:
			removed = append(removed, key)
		case current == value:
			delete(written, key)
		}
	}
	return removed, written
}
