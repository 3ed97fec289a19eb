// The data sources that lead from what runs the SSM agent to its role: an instance, its instance profile, an ECS task definition.
package main

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func dataInstance() *schema.Resource {
	fields := texts(map[string]*schema.Schema{"instance_id": required()}, "iam_instance_profile", "instance_state", "instance_type")
	return source{title: "EC2 Instance", read: lookUpInstance, fields: fields}.resource()
}

func lookUpInstance(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	id := d.Get("instance_id").(string)
	found, err := describeInstance(ctx, c, c.regionOf(d), id)
	if err != nil {
		return id, nil, err
	}
	return id, map[string]any{
		"iam_instance_profile": found.ProfileARN[strings.LastIndex(found.ProfileARN, "/")+1:],
		"instance_state":       found.State, "instance_type": found.Type,
	}, nil
}

func dataInstanceProfile() *schema.Resource {
	fields := texts(map[string]*schema.Schema{"name": required()}, "arn", "create_date", "path", "role_arn", "role_id", "role_name")
	return source{title: "IAM Instance Profile", read: lookUpInstanceProfile, fields: fields}.resource()
}

func lookUpInstanceProfile(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	name := d.Get("name").(string)
	output, err := c.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: aws.String(name)})
	if err != nil {
		return name, nil, err
	}
	profile := output.InstanceProfile
	values := map[string]any{"arn": profile.Arn, "create_date": rfc3339(profile.CreateDate), "path": profile.Path}
	if len(profile.Roles) > 0 {
		role := profile.Roles[0]
		values["role_arn"], values["role_id"], values["role_name"] = role.Arn, role.RoleId, role.RoleName
	}
	return aws.ToString(profile.InstanceProfileId), values, nil
}

func dataTaskDefinition() *schema.Resource {
	fields := texts(map[string]*schema.Schema{"revision": computed(schema.TypeInt), "task_definition": required()},
		"arn", "execution_role_arn", "family", "network_mode", "status", "task_role_arn")
	return source{title: "ECS Task Definition", read: lookUpTaskDefinition, fields: fields}.resource()
}

func lookUpTaskDefinition(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	name := d.Get("task_definition").(string)
	output, err := c.ecs(d).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(name)})
	if err != nil {
		return name, nil, err
	}
	found := output.TaskDefinition
	return aws.ToString(found.TaskDefinitionArn), map[string]any{
		"arn": found.TaskDefinitionArn, "execution_role_arn": found.ExecutionRoleArn, "family": found.Family,
		"network_mode": string(found.NetworkMode), "revision": found.Revision, "status": string(found.Status),
		"task_role_arn": found.TaskRoleArn,
	}, nil
}
