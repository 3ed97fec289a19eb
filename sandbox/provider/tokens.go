// Which Pulumi token and which bridge options each Terraform type has, and nothing about how it works.
package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const packageName = "aws"

func bridged(_ context.Context) shim.Provider {
	return shimv2.NewProvider(provider())
}

// jsonDocument lets a program give a policy as an object instead of JSON text.
func jsonDocument() *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Type: "string", Transform: tfbridge.TransformJSONDocument}
}

func resourceToken(module, file, name string) tokens.Type {
	return tokens.Type(packageName + ":" + module + "/" + file + ":" + name)
}

func resourceTokens() map[string]*tfbridge.ResourceInfo {
	return map[string]*tfbridge.ResourceInfo{
		"aws_iam_role_policy": {
			Tok:    resourceToken("iam", "rolePolicy", "RolePolicy"),
			Fields: map[string]*tfbridge.SchemaInfo{"policy": jsonDocument()},
		},
	}
}

func dataSourceTokens() map[string]*tfbridge.DataSourceInfo {
	return map[string]*tfbridge.DataSourceInfo{}
}
