// Tags: those of the resource together with the provider's default tags, as every taggable resource has them.
package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// tagging is how a service's tags are read and written.
type tagging struct {
	resource            func(o op) record                        // names the resource in the calls
	list, write, remove string                                   // the calls
	replace             func(o op, tags map[string]string) error // instead of these, where only all tags can be written
	key, value          string                                   // the API's words for the two parts of a tag; without, its tags are a map
}

func withTags(s map[string]*schema.Schema) map[string]*schema.Schema {
	s["tags"], s["tags_all"] = stringMap(), stringMap()
	s["tags_all"].Computed = true
	return s
}

// planTags shows in preview what tags_all will be, and leaves it open where a tag has an empty value: as the real provider does
// ("setTagsAll" of "internal/provider/sdkv2/tags_interceptor.go").
func planTags(_ context.Context, d *schema.ResourceDiff, meta any) error {
	if !d.GetRawPlan().IsNull() && !d.GetRawPlan().GetAttr("tags").IsWhollyKnown() {
		return d.SetNewComputed("tags_all")
	}
	all := meta.(*awsClient).mergedTags(d.Get("tags"))
	if !slices.Contains(slices.Collect(maps.Values(all)), "") {
		return d.SetNew("tags_all", all)
	}
	if d.HasChange("tags") || !maps.Equal(all, toStringMap(d.Get("tags_all"))) {
		return d.SetNewComputed("tags_all")
	}
	return nil
}

func (c *awsClient) mergedTags(own any) map[string]string {
	result := maps.Clone(c.defaultTags)
	maps.Copy(result, toStringMap(own))
	return result
}

// ownTags returns what of AWS's tags is the resource's own and not the provider's default.
func (o op) ownTags(remote map[string]string) map[string]string {
	own, configured := map[string]string{}, toStringMap(o.Get("tags"))
	for key, value := range remote {
		standard, isDefault := o.defaultTags[key]
		if _, named := configured[key]; named || !isDefault || standard != value {
			own[key] = value
		}
	}
	return own
}

// new has the tags of a resource that is created, unless it has none.
func (t tagging) new(o op) record {
	if tags := o.mergedTags(o.Get("tags")); len(tags) > 0 {
		return record{"Tags": t.toAPI(tags)}
	}
	return nil
}

func (t tagging) toAPI(tags map[string]string) any {
	if t.key == "" {
		return tags
	}
	var result []record
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		result = append(result, record{t.key: key, t.value: tags[key]})
	}
	return result
}

func (t tagging) read(answer any) map[string]string {
	result := toStringMap(answer)
	for _, tag := range records(answer) {
		result[text(tag[t.key])] = text(tag[t.value])
	}
	return result
}

func (t tagging) update(title string, o op) error {
	before, after := o.GetChange("tags_all")
	return t.sync(title, o, toStringMap(before), toStringMap(after))
}

// updateAndList is for tags that the plan left open; the real provider lists them then.
func (t tagging) updateAndList(title string, o op) error {
	before, _ := o.GetChange("tags_all")
	if err := t.sync(title, o, toStringMap(before), o.mergedTags(o.Get("tags"))); err != nil {
		return err
	}
	if t.list == "" {
		return nil
	}
	if err := o.do(t.list, t.resource(o)); err != nil {
		return fmt.Errorf("listing tags for %s (%s): %w", title, o.Id(), err)
	}
	return nil
}

// sync calls a service's two APIs for tags, each only with what changed.
func (t tagging) sync(title string, o op, before, after map[string]string) (err error) {
	var removed []string
	written := maps.Clone(after)
	for key, value := range before {
		current, kept := after[key]
		if !kept {
			removed = append(removed, key)
		} else if current == value {
			delete(written, key)
		}
	}
	if t.replace != nil {
		if len(removed)+len(written) > 0 {
			err = t.replace(o, after)
		}
		removed, written = nil, nil
	}
	if len(removed) > 0 {
		slices.Sort(removed)
		err = o.do(t.remove, join(t.resource(o), record{"TagKeys": removed}))
	}
	if err == nil && len(written) > 0 {
		err = o.do(t.write, join(t.resource(o), record{"Tags": t.toAPI(written)}))
	}
	if err != nil {
		return fmt.Errorf("updating tags for %s (%s): %w", title, o.Id(), err)
	}
	return nil
}
