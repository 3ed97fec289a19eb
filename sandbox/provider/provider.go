// The provider itself: its configuration, the same as the real plugin's, and the lists of what it serves.
package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func provider() *schema.Provider {
	return &schema.Provider{
		Schema:               providerSchema(),
		ConfigureContextFunc: configure,
		ResourcesMap: map[string]*schema.Resource{
			"aws_cloudwatch_log_group":                           regional(resourceLogGroup()),
			"aws_ecs_cluster":                                    regional(resourceCluster()),
			"aws_iam_policy":                                     resourcePolicy(),
			"aws_iam_role":                                       resourceRole(),
			"aws_iam_role_policies_exclusive":                    resourceRolePoliciesExclusive(),
			"aws_iam_role_policy":                                resourceRolePolicy(),
			"aws_iam_role_policy_attachment":                     resourceAttachment(),
			"aws_iam_policy_attachment":                          resourcePolicyAttachment(),
			"aws_iam_role_policy_attachments_exclusive":          resourceRolePolicyAttachmentsExclusive(),
			"aws_kms_alias":                                      regional(resourceAlias()),
			"aws_kms_key":                                        regional(resourceKey()),
			"aws_s3_bucket":                                      regional(resourceBucket()),
			"aws_s3_bucket_server_side_encryption_configuration": regional(resourceBucketEncryption()),
			"aws_ssm_document":                                   regional(resourceDocument()),
		},
		DataSourcesMap: map[string]*schema.Resource{
			"aws_caller_identity":                 dataCallerIdentity(),
			"aws_ecs_task_definition":             regionalData(dataTaskDefinition()),
			"aws_iam_instance_profile":            dataInstanceProfile(),
			"aws_iam_policy_document":             dataPolicyDocument(),
			"aws_iam_principal_policy_simulation": dataSimulation(),
			"aws_iam_role":                        dataRole(),
			"aws_iam_roles":                       dataRoles(),
			"aws_instance":                        regionalData(dataInstance()),
			"aws_kms_key":                         regionalData(dataKey()),
			"aws_partition":                       dataPartition(),
			"aws_region":                          dataRegion(),
			"aws_ssm_document":                    regionalData(dataDocument()),
		},
	}
}

func providerSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"region":                      regionFromEnvironment(),
		"access_key":                  secret(),
		"secret_key":                  secret(),
		"token":                       secret(),
		"profile":                     optional(schema.TypeString),
		"max_retries":                 withDefault(schema.TypeInt, 25),
		"skip_credentials_validation": optional(schema.TypeBool),
		"skip_metadata_api_check":     optional(schema.TypeBool),
		"skip_region_validation":      optional(schema.TypeBool),
		"skip_requesting_account_id":  optional(schema.TypeBool),
		"s3_use_path_style":           optional(schema.TypeBool),
		"default_tags": {
			Type: schema.TypeList, Optional: true, MaxItems: 1,
			Elem: &schema.Resource{Schema: map[string]*schema.Schema{"tags": stringMap()}},
		},
		"endpoints": {
			Type: schema.TypeSet, Optional: true,
			Elem: &schema.Resource{Schema: endpointsSchema()},
		},
	}
}

// endpointsSchema has the services that the sandbox uses, each under every name that the real plugin takes for it.
func endpointsSchema() map[string]*schema.Schema {
	result := map[string]*schema.Schema{}
	for name := range endpointServices {
		result[name] = optional(schema.TypeString)
	}
	return result
}

// regionFromEnvironment follows the SDKs, which read the same variables for programs that configure no Region.
func regionFromEnvironment() *schema.Schema {
	s := optional(schema.TypeString)
	s.DefaultFunc = schema.MultiEnvDefaultFunc([]string{"AWS_REGION", "AWS_DEFAULT_REGION"}, nil)
	return s
}

func secret() *schema.Schema {
	s := optional(schema.TypeString)
	s.Sensitive = true
	return s
}

func configure(ctx context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
	client, err := newClient(ctx, d)
	return client, diag.FromErr(err)
}
