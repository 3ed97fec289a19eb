// The entry point: what the bridge is told about the provider. Nothing here knows AWS.
//
// This program is ours, not the AWS provider of Pulumi: an IAM-sized stand-in for the sandbox, under the same name, with the same
// tokens and properties. The Terraform bridge, the engine in front of it and the AWS SDK behind it are the real ones.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// version is that of the Python SDK whose properties this provider follows; -ldflags "-X main.version=…" sets another one.
var version = "7.51.1"

func main() {
	tfbridge.Main(packageName, version, providerInfo(), packageSchema())
}

func providerInfo() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            bridged(),
		Name:         packageName,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:    resourceTokens(),
		DataSources:  dataSourceTokens(),
	}
	info.SetAutonaming(255, "-")
	info.P.ResourcesMap().Range(func(name string, resource shim.Resource) bool {
		if _, tagged := resource.Schema().GetOk("tags_all"); tagged {
			its := info.Resources[name]
			if its.Fields == nil {
				its.Fields = fields{}
			}
			its.Fields["tags_all"] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
		}
		return true
	})
	return info
}
