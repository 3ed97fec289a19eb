// Tags of a resource. There are no default tags of the provider, so `tags_all` is the same as `tags`.
package main

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// tagging is how a service's tags are read and written.
type tagging struct {
	resource            func(o op) record                  // names the resource in the calls; nil if its id alone does
	list, write, remove string                             // the calls
	replace             func(o op, tags map[string]string) // instead of them, for a service that only writes all tags at once
	key, value          string                             // the API's names of a tag's two parts; empty if its tags are a map
}

// withAllTags makes an input of the computed `tagsAll`, without the mark of a secret, as the real plugin does ("applyTags" of
// "provider/tags.go" of pulumi-aws).
func withAllTags(_ context.Context, inputs, _ resource.PropertyMap) (resource.PropertyMap, error) {
	inputs = inputs.Copy()
	inputs["tagsAll"] = inputs["tags"]
	if !inputs.HasValue("tags") {
		inputs["tagsAll"] = resource.NewObjectProperty(resource.PropertyMap{})
	}
	return inputs, nil
}

// planTags shows tags_all in preview, and leaves it unknown if a tag has an empty value. The real provider does the same ("setTagsAll" of
// "internal/provider/sdkv2/tags_interceptor.go").
func planTags(d *schema.ResourceDiff) error {
	if !d.GetRawPlan().IsNull() && !d.GetRawPlan().GetAttr("tags").IsWhollyKnown() {
		return d.SetNewComputed("tags_all")
	}
	all := toStringMap(d.Get("tags"))
	if !slices.Contains(slices.Collect(maps.Values(all)), "") {
		return d.SetNew("tags_all", all)
	}
	if d.HasChange("tags") || !maps.Equal(all, toStringMap(d.Get("tags_all"))) {
		return d.SetNewComputed("tags_all")
	}
	return nil
}

// newTags is the part of a create request with the tags, if there are any.
func (o op) newTags() record {
	if tags := toStringMap(o.Get("tags")); len(tags) > 0 {
		return record{"Tags": o.kind.tags.toAPI(tags)}
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

func (t tagging) of(o op) record {
	if t.resource == nil {
		return o.about()
	}
	return t.resource(o)
}

// update writes and removes only the tags that changed.
func (t tagging) update(o op, after map[string]string) {
	before, _ := o.GetChange("tags_all")
	old := toStringMap(before)
	removed := without(slices.Sorted(maps.Keys(old)), slices.Sorted(maps.Keys(after)))
	written := maps.Clone(after)
	maps.DeleteFunc(written, func(key, value string) bool {
		current, there := old[key]
		return there && current == value
	})
	err := attempt(func() {
		if t.replace != nil {
			if len(removed)+len(written) > 0 {
				t.replace(o, after)
			}
			return
		}
		if len(removed) > 0 {
			o.ask(t.remove, join(t.of(o), record{"TagKeys": removed}))
		}
		if len(written) > 0 {
			o.ask(t.write, join(t.of(o), record{"Tags": t.toAPI(written)}))
		}
	})
	check(saying(err, "updating tags for %s (%s)", o.kind.title, o.Id()))
}

// look lists the tags, as the real provider does when the plan left them open.
func (t tagging) look(o op) {
	if t.list != "" {
		check(saying(o.do(t.list, t.of(o)), "listing tags for %s (%s)", o.kind.title, o.Id()))
	}
}
