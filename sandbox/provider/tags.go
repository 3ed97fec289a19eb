// Tags: those of the resource together with the provider's default tags, as every taggable resource has them.
package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func withTags(s map[string]*schema.Schema) map[string]*schema.Schema {
	s["tags"], s["tags_all"] = stringMap(), stringMap()
	s["tags_all"].Computed = true
	return s
}

// planTags shows in preview what tags_all will be.
func planTags(_ context.Context, d *schema.ResourceDiff, meta any) error {
	if !d.GetRawPlan().IsNull() && !d.GetRawPlan().GetAttr("tags").IsWhollyKnown() {
		return d.SetNewComputed("tags_all")
	}
	return d.SetNew("tags_all", meta.(*awsClient).mergedTags(d.Get("tags")))
}

func (c *awsClient) mergedTags(own any) map[string]string {
	result := maps.Clone(c.defaultTags)
	maps.Copy(result, toStringMap(own))
	return result
}

// convertTags writes tags in a service's own type.
func convertTags[T any](tags map[string]string, convert func(key, value *string) T) []T {
	var result []T
	for key, value := range tags {
		result = append(result, convert(&key, &value))
	}
	return result
}

// tagMap reads tags of a service's own type.
func tagMap[T any](tags []T, parts func(T) (key, value *string)) map[string]string {
	result := map[string]string{}
	for _, tag := range tags {
		key, value := parts(tag)
		result[aws.ToString(key)] = aws.ToString(value)
	}
	return result
}

// ownTags returns what of AWS's tags is the resource's own and not the provider's default.
func (c *awsClient) ownTags(d *schema.ResourceData, remote map[string]string) map[string]string {
	own, configured := map[string]string{}, toStringMap(d.Get("tags"))
	for key, value := range remote {
		standard, isDefault := c.defaultTags[key]
		if _, named := configured[key]; named || !isDefault || standard != value {
			own[key] = value
		}
	}
	return own
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
