package provider

// An overridden property is one the released provider names or shapes otherwise than the bridge does by itself. The
// check command finds them, by comparing the generated schema with the SDK.
type overridden struct {
	resource string
	path     string // Terraform names, dots between levels
	name     string // the property's name, if it is another
	typ      string // the property's Pulumi type, if it is another
	list     bool   // a list although it holds one element at most
	single   bool   // one element although Terraform has a list
	function bool   // resource names a data source
}

var overrides = []overridden{
	// Words that read better in the singular.
	{resource: "aws_security_group", path: "ingress", name: "ingress"},
	{resource: "aws_security_group", path: "egress", name: "egress"},
	{resource: "aws_default_security_group", path: "ingress", name: "ingress"},
	{resource: "aws_default_security_group", path: "egress", name: "egress"},
	{resource: "aws_network_acl", path: "ingress", name: "ingress"},
	{resource: "aws_network_acl", path: "egress", name: "egress"},
	{resource: "aws_default_network_acl", path: "ingress", name: "ingress"},
	{resource: "aws_default_network_acl", path: "egress", name: "egress"},

	// Other words.
	{resource: "aws_sns_topic_subscription", path: "topic_arn", name: "topic"},
	{resource: "aws_cloudwatch_log_subscription_filter", path: "log_group_name", name: "logGroup"},
	{resource: "aws_s3_bucket_website_configuration", path: "routing_rule", name: "routingRules"},
	{resource: "aws_s3_bucket_website_configuration", path: "routing_rules", name: "routingRuleDetails"},

	// Lists of one.
	{resource: "aws_route53_record", path: "alias", name: "aliases", list: true},
	{resource: "aws_route53_record", path: "failover_routing_policy", name: "failoverRoutingPolicies", list: true},
	{resource: "aws_route53_record", path: "geolocation_routing_policy", name: "geolocationRoutingPolicies", list: true},
	{resource: "aws_route53_record", path: "latency_routing_policy", name: "latencyRoutingPolicies", list: true},
	{resource: "aws_route53_record", path: "weighted_routing_policy", name: "weightedRoutingPolicies", list: true},
	{resource: "aws_s3_bucket", path: "lifecycle_rule.expiration", name: "expirations", list: true},
	{resource: "aws_s3_bucket", path: "lifecycle_rule.noncurrent_version_expiration",
		name: "noncurrentVersionExpirations", list: true},
	{resource: "aws_s3_bucket", path: "logging", name: "loggings", list: true},
	{resource: "aws_s3_bucket", path: "object_lock_configuration.rule", name: "rules", list: true},
	{resource: "aws_s3_bucket", path: "object_lock_configuration.rule.default_retention",
		name: "defaultRetentions", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration", name: "replicationConfigurations", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration.rules.destination", name: "destinations", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration.rules.destination.access_control_translation",
		name: "accessControlTranslations", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration.rules.destination.metrics", name: "metrics", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration.rules.destination.replication_time",
		name: "replicationTimes", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration.rules.filter", name: "filters", list: true},
	{resource: "aws_s3_bucket", path: "replication_configuration.rules.source_selection_criteria",
		name: "sourceSelectionCriterias", list: true},
	{resource: "aws_s3_bucket",
		path: "replication_configuration.rules.source_selection_criteria.sse_kms_encrypted_objects",
		name: "sseKmsEncryptedObjects", list: true},
	{resource: "aws_s3_bucket", path: "server_side_encryption_configuration",
		name: "serverSideEncryptionConfigurations", list: true},
	{resource: "aws_s3_bucket", path: "server_side_encryption_configuration.rule", name: "rules", list: true},
	{resource: "aws_s3_bucket",
		path: "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default",
		name: "applyServerSideEncryptionByDefaults", list: true},
	{resource: "aws_s3_bucket", path: "versioning", name: "versionings", list: true},
	{resource: "aws_s3_bucket", path: "website", name: "websites", list: true},
	{resource: "aws_dlm_lifecycle_policy", path: "policy_details.resource_types", name: "resourceTypes", list: true},
	{resource: "aws_ecs_service", path: "service_connect_configuration.service.client_alias",
		name: "clientAlias", list: true},

	// Numbers that Terraform keeps in strings.
	{resource: "aws_lb_target_group", path: "deregistration_delay", typ: "integer"},
	{resource: "aws_alb_target_group", path: "deregistration_delay", typ: "integer"},
	{resource: "aws_appautoscaling_scheduled_action", path: "scalable_target_action.max_capacity", typ: "integer"},
	{resource: "aws_appautoscaling_scheduled_action", path: "scalable_target_action.min_capacity", typ: "integer"},
	{resource: "aws_s3_bucket_lifecycle_configuration", path: "rule.filter.object_size_greater_than", typ: "integer"},
	{resource: "aws_s3_bucket_lifecycle_configuration", path: "rule.filter.object_size_less_than", typ: "integer"},
	{resource: "aws_s3_bucket_lifecycle_configuration",
		path: "rule.noncurrent_version_expiration.newer_noncurrent_versions", typ: "integer"},
	{resource: "aws_s3_bucket_lifecycle_configuration",
		path: "rule.noncurrent_version_transition.newer_noncurrent_versions", typ: "integer"},

	// Functions.
	{resource: "aws_lb", path: "access_logs", single: true, function: true},
	{resource: "aws_alb", path: "access_logs", single: true, function: true},
	{resource: "aws_elb", path: "access_logs", single: true, function: true},
	{resource: "aws_elb", path: "health_check", single: true, function: true},
	{resource: "aws_lb_target_group", path: "health_check", single: true, function: true},
	{resource: "aws_lb_target_group", path: "stickiness", single: true, function: true},
	{resource: "aws_alb_target_group", path: "health_check", single: true, function: true},
	{resource: "aws_alb_target_group", path: "stickiness", single: true, function: true},
	{resource: "aws_efs_file_system", path: "lifecycle_policy", single: true, function: true},
	{resource: "aws_launch_template", path: "network_interfaces.associate_public_ip_address",
		typ: "boolean", function: true},
	{resource: "aws_launch_template", path: "network_interfaces.delete_on_termination", typ: "boolean", function: true},
}
