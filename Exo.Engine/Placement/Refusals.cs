namespace Exo.Engine.Placement;

/// <summary>Says why a model doesn't fit: what it needs, what there is, and what would fit.</summary>
internal static class Refusals
{
    /// <summary>Devices that a sentence names; the others are told together.</summary>
    private const int MostNamed = 8;

    /// <param name="problem">What was asked for.</param>
    /// <param name="fits">Whether the problem with another context has a plan.</param>
    public static PlacementRefusal Of(PlacementProblem problem, Func<int, bool> fits)
    {
        var (model, request) = (problem.Model, problem.Request);
        var kv = request.Sequences * model.Layers.Sum(layer => layer.KvByteCount(problem.Context));
        var rooms = Rooms(problem);
        var largest = LargestContext(problem.Context, fits);
        var largestLayer = Enumerable.Range(0, problem.LayerCount).Max(layer => problem.Need[layer + 1] - problem.Need[layer]);
        var refusal = new PlacementRefusal
        {
            Model = model.Model,
            ContextLength = problem.Context,
            Sequences = request.Sequences,
            WeightByteCount = model.WeightByteCount,
            DiskByteCount = model.DiskByteCount,
            KvByteCount = kv,
            ActivationByteCount = problem.ActivationByteCount,
            LargestLayerByteCount = largestLayer,
            Devices = rooms,
            LargestContextLength = largest,
            Sentence = "",
        };
        return refusal with { Sentence = Sentence(refusal) };
    }

    private static string Sentence(PlacementRefusal refusal)
    {
        var sequences = refusal.Sequences == 1 ? "one sequence" : $"{refusal.Sequences} sequences";
        var needed = $"{refusal.Model} needs {Figures.Bytes(refusal.WeightByteCount)} for weights, {Figures.Bytes(refusal.KvByteCount)} for keys and values of {sequences} "
            + $"at a context of {Figures.Count(refusal.ContextLength)}, and {Figures.Bytes(refusal.ActivationByteCount)} of buffers on each device it uses. ";
        if (refusal.Devices.Count == 0) return needed + "There is no node that could hold a part of it: start one, or end the draining of one.";
        var byRoom = refusal.Devices.OrderByDescending(room => room.UsableByteCount).ThenBy(room => room.Node, StringComparer.Ordinal).ThenBy(room => room.Device, StringComparer.Ordinal).ToList();
        var devices = string.Join(", ", byRoom.Take(MostNamed).Select(room =>
            $"{room.Node}/{room.Device} has {Figures.Bytes(room.UsableByteCount)} to give (of {Figures.Bytes(room.FreeByteCount)} free), {(LacksDisk(room) ? $"{Figures.Bytes(room.FreeDiskByteCount!.Value)} of disk, " : "")}room for {room.LayerCount} of its layers"));
        if (byRoom.Count > MostNamed) devices += $", {byRoom.Count - MostNamed} more have {Figures.Bytes(byRoom.Skip(MostNamed).Sum(room => room.UsableByteCount))} together";
        var remedy = refusal.LargestContextLength > 0
            ? $"With a context of {Figures.Count(refusal.LargestContextLength)} it fits."
            : byRoom.Exists(LacksDisk) ? "No context fits: free memory and disk, add a node, or take a smaller quantization."
            : refusal.Sequences > 1 ? "No context fits: ask for fewer sequences, free memory, add a node, or take a smaller quantization."
            : "No context fits: free memory, add a node, or take a smaller quantization.";
        return $"{needed}{devices}. {remedy}";

        bool LacksDisk(DeviceRoom room) => room.FreeDiskByteCount < refusal.DiskByteCount;
    }

    private static List<DeviceRoom> Rooms(PlacementProblem problem) =>
    [
        .. problem.Cluster.Nodes.OrderBy(node => node.Name, StringComparer.Ordinal).SelectMany(node => node.Devices.OrderBy(device => device.Name, StringComparer.Ordinal).Select(device =>
        {
            var seat = problem.SeatOf(node.Name, device.Name);
            return seat < 0
                ? new DeviceRoom(node.Name, device.Name, device.FreeByteCount, 0, 0)
                : new DeviceRoom(node.Name, device.Name, device.FreeByteCount, problem.Seats[seat].UsableByteCount, MostLayers(problem, seat)) { FreeDiskByteCount = problem.Seats[seat].FreeDiskByteCount };
        })),
    ];

    /// <summary>The most neighbouring layers that a device's memory could hold and its disk take in, without ends.</summary>
    private static int MostLayers(PlacementProblem problem, int seat)
    {
        var (most, usable) = (0, problem.Seats[seat].UsableByteCount);
        for (int from = 0, to = 0; to < problem.LayerCount;)
        {
            to++;
            while (from < to && (problem.Need[to] - problem.Need[from] + problem.ActivationByteCount > usable || !problem.FitsDisk(seat, from, to))) from++;
            most = Math.Max(most, to - from);
        }

        return most;
    }

    /// <summary>The longest context below the one asked for that fits; 0 where none does.</summary>
    private static int LargestContext(int context, Func<int, bool> fits)
    {
        var (low, high) = (0, context);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (fits(middle)) low = middle;
            else high = middle;
        }

        return low;
    }
}
