// One AWS SDK client per service, with the configured endpoint and, for regional services, the Region that the resource is in.
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

func (c *awsClient) iam() *iam.Client {
	return iam.NewFromConfig(c.configOf("iam", c.region))
}

func (c *awsClient) sts() *sts.Client {
	return sts.NewFromConfig(c.configOf("sts", c.region))
}

func (c *awsClient) kms(d *schema.ResourceData) *kms.Client {
	return kms.NewFromConfig(c.configOf("kms", c.regionOf(d)))
}

func (c *awsClient) s3(d *schema.ResourceData) *s3.Client {
	return s3.NewFromConfig(c.configOf("s3", c.regionOf(d)), func(o *s3.Options) { o.UsePathStyle = c.s3PathStyle })
}

func (c *awsClient) ssm(d *schema.ResourceData) *ssm.Client {
	return ssm.NewFromConfig(c.configOf("ssm", c.regionOf(d)))
}

func (c *awsClient) logs(d *schema.ResourceData) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(c.configOf("logs", c.regionOf(d)))
}

func (c *awsClient) ecs(d *schema.ResourceData) *ecs.Client {
	return ecs.NewFromConfig(c.configOf("ecs", c.regionOf(d)))
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
	if region := d.Get("region").(string); region != "" {
		return region
	}
	return c.region
}

// withRegion adds to what was read the Region that it was read in, unless it has one of its own.
func (c *awsClient) withRegion(d *schema.ResourceData, fields map[string]*schema.Schema, values map[string]any) map[string]any {
	_, regional := fields["region"]
	if _, own := values["region"]; regional && !own {
		values["region"] = c.regionOf(d)
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
