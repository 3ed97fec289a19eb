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
			"aws_iam_role_policy": resourceRolePolicy(),
		},
		DataSourcesMap: map[string]*schema.Resource{},
	}
}

func providerSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"region":                      optional(schema.TypeString, schema.MultiEnvDefaultFunc([]string{"AWS_REGION", "AWS_DEFAULT_REGION"}, nil)),
		"access_key":                  secret(),
		"secret_key":                  secret(),
		"token":                       secret(),
		"profile":                     optional(schema.TypeString, nil),
		"max_retries":                 optional(schema.TypeInt, fixed(25)),
		"skip_credentials_validation": optional(schema.TypeBool, nil),
		"skip_metadata_api_check":     optional(schema.TypeBool, nil),
		"skip_region_validation":      optional(schema.TypeBool, nil),
		"skip_requesting_account_id":  optional(schema.TypeBool, nil),
		"s3_use_path_style":           optional(schema.TypeBool, nil),
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
		result[name] = optional(schema.TypeString, nil)
	}
	return result
}

func optional(kind schema.ValueType, value schema.SchemaDefaultFunc) *schema.Schema {
	return &schema.Schema{Type: kind, Optional: true, DefaultFunc: value}
}

func secret() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Optional: true, Sensitive: true}
}

func fixed(value any) schema.SchemaDefaultFunc {
	return func() (any, error) { return value, nil }
}

func stringMap() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func configure(ctx context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
	client, err := newClient(ctx, d)
	return client, diag.FromErr(err)
}
