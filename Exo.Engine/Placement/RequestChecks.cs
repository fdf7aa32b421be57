namespace Exo.Engine.Placement;

/// <summary>Refuses figures that no sum can be done with.</summary>
internal static class RequestChecks
{
    /// <exception cref="ArgumentException">A figure is out of its range; the message names it.</exception>
    public static void Check(ModelCost model, PlacementCluster cluster, PlacementRequest request)
    {
        if (model.Layers.Count == 0) throw new ArgumentException($"{model.Model} has no layers.", nameof(model));
        CheckRequest(model, request);
        if (cluster.Nodes.GroupBy(node => node.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"Two nodes are called \"{twice.Key}\"; a name must be one node's only.", nameof(cluster));
        foreach (var node in cluster.Nodes) CheckNode(node);
        foreach (var (link, speed) in cluster.Links.Select(link => ($"The line from {link.From} to {link.To}", link.Speed))
            .Append(("The line between unmeasured nodes", cluster.Unmeasured)).Append(("The line within a node", cluster.WithinNode)))
        {
            if (speed.Latency < TimeSpan.Zero || !(speed.BytesPerSecond > 0))
                throw new ArgumentException($"{link} has a latency of {speed.Latency} and {speed.BytesPerSecond} bytes a second; none may be negative and the second must be above 0.", nameof(cluster));
        }
    }

    private static void CheckRequest(ModelCost model, PlacementRequest request)
    {
        if (request.ContextLength is < 1 || request.ContextLength > model.ContextLength)
            throw new ArgumentException($"A context of {request.ContextLength} tokens is asked for; {model.Model} was made for 1 to {model.ContextLength}.", nameof(request));
        AtLeastOne(request.Sequences, "Sequences");
        AtLeastOne(request.PromptLength, "PromptLength");
        AtLeastOne(request.StepTokens, "StepTokens");
        if (!(request.MarginShare is >= 0 and < 1)) throw new ArgumentException($"MarginShare is {request.MarginShare}; it must be at least 0 and below 1.", nameof(request));
        if (!(request.Tolerance is >= 0 and <= 1)) throw new ArgumentException($"Tolerance is {request.Tolerance}; it must be between 0 and 1.", nameof(request));
    }

    private static void AtLeastOne(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} is {value}; it must be at least 1.", nameof(value));
    }

    private static void CheckNode(PlacementNode node)
    {
        if (node.Devices.GroupBy(device => device.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"Node {node.Name} has two devices called \"{twice.Key}\".", nameof(node));
        foreach (var device in node.Devices)
        {
            if (!(device.ReadBytesPerSecond > 0) || !(device.OperationsPerSecond > 0) || !(device.ReadShare > 0) || !(device.ArithmeticShare > 0) || device.FreeByteCount < 0 || device.StepOverhead < TimeSpan.Zero)
            {
                throw new ArgumentException(
                    $"Device {device.Name} of node {node.Name} reads {device.ReadBytesPerSecond} bytes and does {device.OperationsPerSecond} operations a second and has {device.FreeByteCount} bytes free: "
                    + "speeds must be above 0 and nothing may be negative. Measure it first.", nameof(node));
            }
        }
    }
}
