using Exo.Engine.Models;
using Exo.Engine.Placement;

namespace Exo.Api.Local;

/// <summary>The least memory that a model is let in with.</summary>
internal static class ModelNeed
{
    /// <summary>Tokens of context that a model must have room for where none are asked for.</summary>
    private const int LeastContext = 4096;

    private const int KvElementByteCount = 4;

    /// <summary>Bytes of the weights and of one conversation.</summary>
    public static long Of(ModelFiles files, LoadRequest request)
    {
        var model = files.Describe();
        return WeightByteCount(files) + model.KvElementsPerToken * KvElementByteCount * (request.ContextLength ?? Math.Min(LeastContext, model.ContextLength));
    }

    /// <summary>Bytes of the weights once they are loaded, however many files or links they lie behind.</summary>
    public static long WeightByteCount(ModelFiles files) => ModelCost.Of(files).WeightByteCount;

    /// <summary>Why a model finds no room, with the sums.</summary>
    public static ExoException Refusal(string model, long needed, long limit, long inUse) => inUse > 0 && needed <= limit
        ? new ExoException(ExoErrorKind.Busy, $"{model} needs {Mebibytes(needed)} MiB; of the {Mebibytes(limit)} MiB for models {Mebibytes(inUse)} MiB are answering right now: try again once they are done")
        : new ExoException(ExoErrorKind.OutOfMemory, $"{model} needs {Mebibytes(needed)} MiB, models may take {Mebibytes(limit)} MiB together: ask for a shorter context, or start the server with a higher --memory-limit");

    private static long Mebibytes(long byteCount) => byteCount >> 20;
}
