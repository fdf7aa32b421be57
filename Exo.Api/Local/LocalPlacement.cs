using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>Where a model goes when there is one machine: on it, or nowhere.</summary>
internal static class LocalPlacement
{
    private const int KvElementByteCount = 2;
    private const string WholeModel = "one machine: all layers go on it";

    /// <param name="model">What is to be placed.</param>
    /// <param name="request">The context and sequences asked for.</param>
    /// <param name="node">The machine; its first device takes the model.</param>
    public static PlacementReport Plan(ModelDescription model, PlaceRequest request, NodeState node)
    {
        var device = node.Devices[0];
        var sequences = request.Sequences ?? 1;
        var perToken = model.KvElementsPerToken * KvElementByteCount;
        var fitting = Math.Max(0, device.FreeByteCount - model.ByteCount) / Math.Max(1, perToken * sequences);
        var context = request.ContextLength ?? (int)Math.Min(model.ContextLength, fitting);
        var report = new PlacementReport
        {
            Model = request.Model,
            ContextLength = context,
            Sequences = sequences,
            LayerCount = model.Layers.Count,
            WeightByteCount = model.ByteCount,
            KvByteCount = perToken * context * sequences,
        };
        if (context > model.ContextLength) return report with { Refusal = $"a context of {context} tokens is asked for, the model was made for {model.ContextLength}" };
        if (context < 1 || model.ByteCount + report.KvByteCount > device.FreeByteCount)
        {
            return report with
            {
                Refusal = $"the weights take {Mebibytes(model.ByteCount)} MiB, keys and values of {sequences} × {context} tokens {Mebibytes(report.KvByteCount)} MiB, together {Mebibytes(model.ByteCount + report.KvByteCount)} MiB; {node.Name} has {Mebibytes(device.FreeByteCount)} MiB free: ask for a shorter context (--context N), a smaller model, or another machine",
            };
        }
        var seconds = device.ReadBytesPerSecond is { } speed ? model.ByteCount / speed : 0;
        return report with
        {
            SecondsPerToken = seconds,
            Reasons = [WholeModel],
            Shards =
            [
                new PlacedShard
                {
                    Node = node.Name,
                    Device = device.Name,
                    FirstLayer = 0,
                    EndLayer = model.Layers.Count,
                    WeightByteCount = model.ByteCount,
                    KvByteCount = report.KvByteCount,
                    FreeByteCount = device.FreeByteCount,
                    ComputeSeconds = seconds,
                    HopSeconds = 0,
                },
            ],
        };
    }

    private static long Mebibytes(long byteCount) => byteCount >> 20;
}
