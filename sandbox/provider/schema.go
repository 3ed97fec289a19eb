// The package's schema, made of the provider's own: programs in YAML are typed by it, and a test compares it with the real SDK's.
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
			"inputProperties": inputs.types, "requiredInputs": inputs.required, "properties": outputs.types, "required": outputs.required,
		}
	}
	for name, source := range info.DataSources {
		inputs, outputs := properties(info.P.DataSourcesMap().Get(name).Schema(), source.Fields)
		functions[string(source.Tok)] = object{"inputs": inputs.object(), "outputs": outputs.object()}
	}
	settings, _ := properties(info.P.Schema(), nil)
	text, err := json.Marshal(object{
		"name": packageName, "version": version, "meta": object{"moduleFormat": "(.*)(?:/[^/]*)"}, "resources": resources, "functions": functions,
		"config": object{"variables": settings.types}, "provider": object{"inputProperties": settings.types},
	})
	if err != nil {
		panic(err) // maps of texts
	}
	return text
}

// described is one side of a type: its properties, and which of them are always there.
type described struct {
	types    object
	required []string
}

func (d *described) add(name string, kind object, required bool) {
	d.types[name] = kind
	if required {
		d.required = append(d.required, name)
	}
}

func (d *described) object() object {
	return object{"type": "object", "properties": d.types, "required": d.required}
}

func properties(schemas shim.SchemaMap, infos fields) (inputs, outputs *described) {
	inputs, outputs = &described{types: object{}}, &described{types: object{}}
	schemas.Range(func(attribute string, s shim.Schema) bool {
		name, info := tfbridge.TerraformToPulumiNameV2(attribute, schemas, infos), infos[attribute]
		named := info != nil && info.Default != nil // by the bridge
		if (s.Required() || s.Optional()) && (info == nil || info.MarkAsComputedOnly == nil) {
			inputs.add(name, typeOf(s), s.Required() && !named)
		}
		outputs.add(name, typeOf(s), s.Required() || s.Computed() || named)
		return true
	})
	return inputs, outputs
}

func typeOf(s shim.Schema) object {
	anything := object{"$ref": "pulumi.json#/Any"}
	element, simple := s.Elem().(shim.Schema)
	switch s.Type() {
	case shim.TypeBool:
		return object{"type": "boolean"}
	case shim.TypeInt:
		return object{"type": "integer"}
	case shim.TypeString:
		return object{"type": "string"}
	case shim.TypeMap:
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	}
	if simple {
		return object{"type": "array", "items": typeOf(element)}
	}
	if s.MaxItems() == 1 {
		return anything
	}
	return object{"type": "array", "items": anything}
}
