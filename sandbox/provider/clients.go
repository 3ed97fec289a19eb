// One AWS SDK client per service, with the configured endpoint, and the Region that a resource is in.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/customdiff"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// clients has those of each service, by its name in the configuration and in a call.
var clients = map[string]func(c *awsClient, region string) any{
	"ecs":  func(c *awsClient, region string) any { return ecs.NewFromConfig(c.configOf("ecs", region)) },
	"iam":  func(c *awsClient, region string) any { return iam.NewFromConfig(c.configOf("iam", region)) },
	"kms":  func(c *awsClient, region string) any { return kms.NewFromConfig(c.configOf("kms", region)) },
	"logs": func(c *awsClient, region string) any { return cloudwatchlogs.NewFromConfig(c.configOf("logs", region)) },
	"s3": func(c *awsClient, region string) any {
		return s3.NewFromConfig(c.configOf("s3", region), func(o *s3.Options) { o.UsePathStyle = c.s3PathStyle })
	},
	"ssm": func(c *awsClient, region string) any { return ssm.NewFromConfig(c.configOf("ssm", region)) },
	"sts": func(c *awsClient, region string) any { return sts.NewFromConfig(c.configOf("sts", region)) },
}

// configOf has the endpoint of the provider's configuration, or else what the AWS SDK has found itself, in AWS_ENDPOINT_URL.
func (c *awsClient) configOf(service, region string) aws.Config {
	config := c.config.Copy()
	config.Region = region
	if url, ok := c.endpoints[service]; ok {
		config.BaseEndpoint = aws.String(url)
	}
	return config
}

func (c *awsClient) regionOf(d *schema.ResourceData) string {
	if region := text(d.Get("region")); region != "" {
		return region
	}
	return c.region
}

// withRegion adds to what was read the Region that it was read in, unless it has one of its own.
func (o op) withRegion(fields map[string]*schema.Schema, values map[string]any) map[string]any {
	_, regional := fields["region"]
	if _, own := values["region"]; regional && !own {
		values["region"] = o.regionOf(o.ResourceData)
	}
	return values
}

// regional gives a resource its own Region: the one in its arguments, or else the provider's, whose change replaces the resource.
func regional(r *schema.Resource) *schema.Resource {
	r.Schema["region"] = forceNew(optionalComputed(schema.TypeString))
	if r.CustomizeDiff == nil {
		r.CustomizeDiff = planRegion
	} else {
		r.CustomizeDiff = customdiff.Sequence(planRegion, r.CustomizeDiff)
	}
	return r
}

func regionalData(r *schema.Resource) *schema.Resource {
	r.Schema["region"] = optionalComputed(schema.TypeString)
	return r
}

func planRegion(_ context.Context, d *schema.ResourceDiff, meta any) error {
	if config := d.GetRawConfig(); !config.IsNull() && !config.GetAttr("region").IsNull() {
		return nil
	}
	return d.SetNew("region", meta.(*awsClient).region)
}
