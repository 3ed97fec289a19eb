// The types of the resources and functions that programs in YAML use, for GetSchema; the other languages are typed by the real SDKs.
package main

import "encoding/json"

const yamlTypes = `{
    "name": "aws",
    "meta": { "moduleFormat": "(.*)(?:/[^/]*)" },
    "provider": {
        "inputProperties": {
            "endpoints": {
                "type": "array",
                "items": { "type": "object", "additionalProperties": { "type": "string" } }
            },
            "region": { "type": "string" }
        }
    },
    "resources": {
        "aws:cloudwatch/logGroup:LogGroup": {
            "inputProperties": { "name": { "type": "string" } },
            "properties": { "arn": { "type": "string" }, "name": { "type": "string" } },
            "required": ["arn", "name"]
        },
        "aws:iam/policy:Policy": {
            "inputProperties": { "policy": { "type": "string" } },
            "properties": { "arn": { "type": "string" } },
            "required": ["arn"],
            "requiredInputs": ["policy"]
        },
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
            "inputProperties": { "policyArn": { "type": "string" }, "role": { "type": "string" } },
            "requiredInputs": ["policyArn", "role"]
        },
        "aws:iam/role:Role": {
            "inputProperties": {
                "assumeRolePolicy": { "type": "string" },
                "name": { "type": "string" },
                "path": { "type": "string" }
            },
            "properties": { "arn": { "type": "string" }, "name": { "type": "string" } },
            "required": ["arn", "name"],
            "requiredInputs": ["assumeRolePolicy"]
        },
        "aws:s3/bucket:Bucket": {
            "inputProperties": { "bucket": { "type": "string" } },
            "properties": { "arn": { "type": "string" }, "bucket": { "type": "string" } },
            "required": ["arn", "bucket"]
        }
    },
    "functions": {
        "aws:ec2/getInstance:getInstance": {
            "inputs": { "properties": { "instanceId": { "type": "string" } } },
            "outputs": { "properties": { "iamInstanceProfile": { "type": "string" } }, "required": ["iamInstanceProfile"] }
        },
        "aws:iam/getInstanceProfile:getInstanceProfile": {
            "inputs": { "properties": { "name": { "type": "string" } }, "required": ["name"] },
            "outputs": { "properties": { "roleName": { "type": "string" } }, "required": ["roleName"] }
        },
        "aws:kms/getKey:getKey": {
            "inputs": { "properties": { "keyId": { "type": "string" } }, "required": ["keyId"] },
            "outputs": { "properties": { "arn": { "type": "string" } }, "required": ["arn"] }
        },
        "aws:ssm/getDocument:getDocument": {
            "inputs": { "properties": { "name": { "type": "string" } }, "required": ["name"] },
            "outputs": { "properties": { "content": { "type": "string" } }, "required": ["content"] }
        }
    }
}
`

func packageSchema() []byte {
	schema := map[string]any{}
	if err := json.Unmarshal([]byte(yamlTypes), &schema); err != nil {
		panic(err) // a constant
	}
	schema["version"] = version
	text, err := json.Marshal(schema)
	if err != nil {
		panic(err) // a map that was JSON
	}
	return text
}
