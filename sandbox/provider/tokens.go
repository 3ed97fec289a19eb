// Which Pulumi token and which bridge options each Terraform type has, as in the real plugin, and nothing about how it works.
package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const packageName = "aws"

func bridged() shim.Provider {
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
		"aws_cloudwatch_log_group":        {Tok: resourceToken("cloudwatch", "logGroup", "LogGroup"), IDFields: []string{"name"}},
		"aws_ecs_cluster":                 {Tok: resourceToken("ecs", "cluster", "Cluster")},
		"aws_iam_policy":                  {Tok: resourceToken("iam", "policy", "Policy"), Fields: fields{"policy": jsonDocument()}},
		"aws_iam_policy_attachment":       deletedFirst(resourceToken("iam", "policyAttachment", "PolicyAttachment")),
		"aws_iam_role":                    {Tok: resourceToken("iam", "role", "Role"), Fields: roleFields()},
		"aws_iam_role_policies_exclusive": {Tok: resourceToken("iam", "rolePoliciesExclusive", "RolePoliciesExclusive")},
		"aws_iam_role_policy":             {Tok: resourceToken("iam", "rolePolicy", "RolePolicy"), Fields: fields{"policy": jsonDocument()}},
		"aws_iam_role_policy_attachment":  deletedFirst(resourceToken("iam", "rolePolicyAttachment", "RolePolicyAttachment")),
		"aws_iam_role_policy_attachments_exclusive": {
			Tok: resourceToken("iam", "rolePolicyAttachmentsExclusive", "RolePolicyAttachmentsExclusive"),
		},
		"aws_kms_alias": {Tok: resourceToken("kms", "alias", "Alias"), Fields: fields{"name": keyAliasName()}},
		"aws_kms_key":   {Tok: resourceToken("kms", "key", "Key")},
		"aws_s3_bucket": {Tok: resourceToken("s3", "bucket", "Bucket"), Fields: fields{"bucket": bucketName()}},
		"aws_s3_bucket_server_side_encryption_configuration": {
			Tok: resourceToken("s3", "bucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfiguration"),
		},
		"aws_ssm_document": {Tok: resourceToken("ssm", "document", "Document")},
	}
}

type fields = map[string]*tfbridge.SchemaInfo

// deletedFirst is for what two entries of a state can hold at once: the replaced one's end would take the new one's attachment.
func deletedFirst(token tokens.Type) *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{Tok: token, DeleteBeforeReplace: true}
}

func roleFields() fields {
	return fields{
		"assume_role_policy": jsonDocument(),
		"inline_policy":      {Elem: &tfbridge.SchemaInfo{Fields: fields{"name": tfbridge.AutoName("name", policyNameMax, "-")}}},
		"name":               tfbridge.AutoName("name", roleNameMax, "-"),
	}
}

func bucketName() *tfbridge.SchemaInfo {
	return tfbridge.AutoNameTransform("bucket", 63, strings.ToLower)
}

func keyAliasName() *tfbridge.SchemaInfo {
	return tfbridge.AutoNameWithCustomOptions("name", tfbridge.AutoNameOptions{
		Separator: "-", Maxlen: 238, Randlen: 7,
		PostTransform: func(_ *tfbridge.PulumiResource, name string) (string, error) { return aliasName(name), nil },
	})
}

func aliasName(name string) string {
	if strings.HasPrefix(name, aliasPrefix) {
		return name
	}
	return aliasPrefix + name
}

func dataSourceToken(module, name string) *tfbridge.DataSourceInfo {
	return &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(packageName + ":" + module + "/" + name + ":" + name)}
}

func dataSourceTokens() map[string]*tfbridge.DataSourceInfo {
	return map[string]*tfbridge.DataSourceInfo{
		"aws_caller_identity":                 dataSourceToken("index", "getCallerIdentity"),
		"aws_ecs_task_definition":             dataSourceToken("ecs", "getTaskDefinition"),
		"aws_iam_instance_profile":            dataSourceToken("iam", "getInstanceProfile"),
		"aws_iam_policy_document":             dataSourceToken("iam", "getPolicyDocument"),
		"aws_iam_principal_policy_simulation": dataSourceToken("iam", "getPrincipalPolicySimulation"),
		"aws_iam_role":                        dataSourceToken("iam", "getRole"),
		"aws_iam_roles":                       dataSourceToken("iam", "getRoles"),
		"aws_instance":                        dataSourceToken("ec2", "getInstance"),
		"aws_kms_key":                         dataSourceToken("kms", "getKey"),
		"aws_partition":                       dataSourceToken("index", "getPartition"),
		"aws_region":                          dataSourceToken("index", "getRegion"),
		"aws_ssm_document":                    dataSourceToken("ssm", "getDocument"),
	}
}
