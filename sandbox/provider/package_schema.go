// The package's schema, made from the provider's own. Programs in YAML are typed by it, and a test compares it with the real SDK's.
package main

import (
	"encoding/json"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

type object = map[string]any

func packageSchema() []byte {
	info := providerInfo()
	resources, functions := object{}, object{}
	for name, resource := range info.Resources {
		inputs, outputs := properties(info.P.ResourcesMap().Get(name).Schema(), resource.Fields)
		resources[string(resource.Tok)] = object{
			"inputProperties": inputs.Properties, "requiredInputs": inputs.Required,
			"properties": outputs.Properties, "required": outputs.Required,
		}
	}
	for name, source := range info.DataSources {
		inputs, outputs := properties(info.P.DataSourcesMap().Get(name).Schema(), source.Fields)
		functions[string(source.Tok)] = object{"inputs": inputs, "outputs": outputs}
	}
	settings, _ := properties(info.P.Schema(), nil)
	return must(json.Marshal(object{
		"name": packageName, "version": version, "meta": object{"moduleFormat": "(.*)(?:/[^/]*)"}, "resources": resources, "functions": functions,
		"config": object{"variables": settings.Properties}, "provider": object{"inputProperties": settings.Properties},
	}))
}

// described is the inputs or the outputs of a type.
type described struct {
	Type       string   `json:"type"`
	Properties object   `json:"properties"`
	Required   []string `json:"required"`
}

func (d *described) add(name string, kind object, required bool) {
	d.Properties[name] = kind
	if required {
		d.Required = append(d.Required, name)
	}
}

func properties(schemas shim.SchemaMap, infos fields) (inputs, outputs *described) {
	inputs, outputs = &described{Type: "object", Properties: object{}}, &described{Type: "object", Properties: object{}}
	schemas.Range(func(attribute string, s shim.Schema) bool {
		name, info := tfbridge.TerraformToPulumiNameV2(attribute, schemas, infos), infos[attribute]
		named := info != nil && info.Default != nil // by the bridge
		if (s.Required() || s.Optional()) && (info == nil || info.MarkAsComputedOnly == nil) {
			kind := typeOf(s)
			if info != nil && info.Transform != nil {
				kind = object{"$ref": "pulumi.json#/Any"} // a document is text or an object
			}
			inputs.add(name, kind, s.Required() && !named)
		}
		outputs.add(name, typeOf(s), s.Required() || s.Computed() || named)
		return true
	})
	return inputs, outputs
}

var typeNames = map[shim.ValueType]string{
	shim.TypeBool: "boolean", shim.TypeInt: "integer", shim.TypeString: "string",
}

func typeOf(s shim.Schema) object {
	if name, simple := typeNames[s.Type()]; simple {
		return object{"type": name}
	}
	if s.Type() == shim.TypeMap {
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	}
	items := object{"$ref": "pulumi.json#/Any"}
	if element, simple := s.Elem().(shim.Schema); simple {
		items = typeOf(element)
	} else if s.MaxItems() == 1 {
		return items
	}
	return object{"type": "array", "items": items}
}
