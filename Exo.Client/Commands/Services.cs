using System.Runtime.CompilerServices;
using Exo.Api;
using Exo.Api.Local;
using Exo.Api.Remote;

namespace Exo.Client.Commands;

/// <summary>Opens whoever answers. Two methods, so that what one needs is not loaded for the other: start-up is felt.</summary>
internal static class Services
{
    public static IExoService Open(ServicePlace place) => place.Server is { } server ? There(server) : Here(place.Residency);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static LocalExoService Here(ResidencyOptions? residency) => new(residency: residency);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HttpExoService There(ServerAddress server) => new(server);
}
