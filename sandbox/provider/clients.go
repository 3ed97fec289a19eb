// One client of AWS's SDK for each service, with its endpoint and the Region of the resource.
package main

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// services can have an endpoint in the configuration.
var services = []string{"ec2", "ecs", "iam", "kms", "logs", "s3", "s3control", "ssm", "sts"}

// clients makes the client of a service, by the service's name in the configuration and in a call.
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

// configOf has the endpoint of the provider's configuration, or the one that the SDK found in AWS_ENDPOINT_URL.
func (c *awsClient) configOf(service, region string) aws.Config {
	config := c.config.Copy()
	config.Region = region
	if url, ok := c.endpoints[service]; ok {
		config.BaseEndpoint = aws.String(url)
	}
	return config
}

// region is the argument's, or the provider's.
func (o op) region() string {
	return cmp.Or(text(o.Get("region")), o.config.Region)
}

// planRegion replaces a resource if the provider's Region changed and the program gives none.
func planRegion(d *schema.ResourceDiff, client *awsClient) error {
	if config := d.GetRawConfig(); !config.IsNull() && !config.GetAttr("region").IsNull() {
		return nil
	}
	return d.SetNew("region", client.config.Region)
}
