using Exo.Api.Local;
using Exo.Grains.Models;

namespace Exo.Grains.Nodes;

/// <summary>Expected failures of the rooms below, in the exception that crosses silos.</summary>
internal static class Refusals
{
    /// <summary>The failure as the cluster tells it; null for one that is none of the expected.</summary>
    public static ModelRefusedException? Of(Exception failure) =>
        failure as ModelRefusedException ?? (Failures.Translate(failure) is { } expected ? new ModelRefusedException(expected.Kind, expected.Message) : null);

    public static T Told<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception failure) when (Of(failure) is { } refused && refused != failure)
        {
            throw refused;
        }
    }

    public static async Task<T> ToldAsync<T>(Task<T> task)
    {
        try
        {
            return await task;
        }
        catch (Exception failure) when (Of(failure) is { } refused && refused != failure)
        {
            throw refused;
        }
    }
}
