// The entry point: from the table of types to what the bridge must know. Nothing here knows AWS.
//
// This program is ours, not the AWS provider of Pulumi: an IAM-sized stand-in for the sandbox, under the same name, with the same
// tokens and properties. The Terraform bridge, the engine in front of it and the AWS SDK behind it are the real ones.
package main

import (
	"maps"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const packageName = "aws"

// version is the version of the Python SDK with the same properties. -ldflags "-X main.version=…" sets another one.
var version = "7.51.1"

func main() {
	tfbridge.Main(packageName, version, providerInfo(), packageSchema())
}

func providerInfo() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(provider()),
		Name:         packageName,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:    map[string]*tfbridge.ResourceInfo{},
		DataSources:  map[string]*tfbridge.DataSourceInfo{},
	}
	for name, found := range resources {
		its := found.kind.bridge
		its.Tok, its.Fields = tokens.Type(packageName+":"+found.token), fields{}
		maps.Copy(its.Fields, found.kind.bridge.Fields)
		if found.kind.tags != nil {
			its.Fields["tags_all"] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
			its.PreCheckCallback = withAllTags
		}
		info.Resources[name] = &its
	}
	for name, found := range dataSources {
		info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(packageName + ":" + found.token)}
	}
	info.SetAutonaming(255, "-")
	return info
}

type fields = map[string]*tfbridge.SchemaInfo

// jsonDocument takes a policy as an object too, not only as JSON text.
func jsonDocument() *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Type: "string", Transform: tfbridge.TransformJSONDocument}
}

func withDocument(attribute string) tfbridge.ResourceInfo {
	return tfbridge.ResourceInfo{Fields: fields{attribute: jsonDocument()}}
}
