// The provider itself: the table of its types, and its configuration, which has the real plugin's names.
package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// listed is a row of the table: Terraform's name, Pulumi's token, and the kind.
type listed struct {
	token string
	kind  kind
}

var resources = map[string]listed{
	"aws_cloudwatch_log_group":                  {"cloudwatch/logGroup:LogGroup", logGroup},
	"aws_ecs_cluster":                           {"ecs/cluster:Cluster", ecsCluster},
	"aws_iam_policy":                            {"iam/policy:Policy", iamPolicy},
	"aws_iam_role":                              {"iam/role:Role", iamRole},
	"aws_iam_role_policies_exclusive":           {"iam/rolePoliciesExclusive:RolePoliciesExclusive", rolePoliciesExclusive},
	"aws_iam_role_policy":                       {"iam/rolePolicy:RolePolicy", rolePolicy},
	"aws_iam_role_policy_attachment":            {"iam/rolePolicyAttachment:RolePolicyAttachment", rolePolicyAttachment},
	"aws_iam_role_policy_attachments_exclusive": {"iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", rolePolicyAttachmentsExclusive},
	"aws_kms_alias":                             {"kms/alias:Alias", kmsAlias},
	"aws_kms_key":                               {"kms/key:Key", kmsKey},
	"aws_s3_bucket":                             {"s3/bucket:Bucket", s3Bucket},
	"aws_s3_bucket_server_side_encryption_configuration": {"s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", bucketEncryption},
	"aws_ssm_document": {"ssm/document:Document", ssmDocument},
}

var dataSources = map[string]listed{
	"aws_caller_identity":                 {"index/getCallerIdentity:getCallerIdentity", getCallerIdentity},
	"aws_iam_instance_profile":            {"iam/getInstanceProfile:getInstanceProfile", getInstanceProfile},
	"aws_iam_principal_policy_simulation": {"iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation", getSimulation},
	"aws_iam_role":                        {"iam/getRole:getRole", getRole},
	"aws_iam_roles":                       {"iam/getRoles:getRoles", getRoles},
	"aws_instance":                        {"ec2/getInstance:getInstance", getInstance},
	"aws_kms_key":                         {"kms/getKey:getKey", getKey},
	"aws_partition":                       {"index/getPartition:getPartition", getPartition},
	"aws_region":                          {"index/getRegion:getRegion", getRegion},
	"aws_ssm_document":                    {"ssm/getDocument:getDocument", getDocument},
}

func provider() *schema.Provider {
	served := &schema.Provider{
		Schema:         providerSchema(),
		ResourcesMap:   map[string]*schema.Resource{},
		DataSourcesMap: map[string]*schema.Resource{},
		ConfigureContextFunc: func(ctx context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
			client, err := newClient(ctx, d)
			return client, diag.FromErr(err)
		},
	}
	for name, found := range resources {
		served.ResourcesMap[name] = found.kind.resource()
	}
	for name, found := range dataSources {
		served.DataSourcesMap[name] = found.kind.dataSource()
	}
	return served
}

func providerSchema() attributes {
	endpoints := attributes{}
	for _, service := range services {
		endpoints[service] = aString(optional)
	}
	// The SDKs read the same variables for programs that configure no Region.
	fromEnvironment := func(s *schema.Schema) {
		s.DefaultFunc = schema.MultiEnvDefaultFunc([]string{"AWS_REGION", "AWS_DEFAULT_REGION"}, nil)
	}
	return attributes{
		"region":                      aString(optional, fromEnvironment),
		"access_key":                  aString(optional, sensitive),
		"secret_key":                  aString(optional, sensitive),
		"token":                       aString(optional, sensitive),
		"profile":                     aString(optional),
		"max_retries":                 anInt(withDefault(25)),
		"skip_credentials_validation": aBool(optional),
		"skip_metadata_api_check":     aBool(optional),
		"skip_region_validation":      aBool(optional),
		"skip_requesting_account_id":  aBool(optional),
		"s3_use_path_style":           aBool(optional),
		"endpoints":                   blocks(endpoints, optional),
	}
}
