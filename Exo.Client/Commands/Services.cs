using System.Runtime.CompilerServices;
using Exo.Api;
using Exo.Api.Local;
using Exo.Api.Remote;

namespace Exo.Client.Commands;

/// <summary>Opens whoever answers. Two methods, so that what one needs is not loaded for the other: start-up is felt.</summary>
internal static class Services
{
    public static IExoService Open(ServicePlace place) => place.Server is { } server ? There(server) : Here(place);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static LocalExoService Here(ServicePlace place) => new(hubOptions: place.Hub, residency: place.Residency);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HttpExoService There(ServerAddress server) => new(server);
}
