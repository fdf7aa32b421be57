using System.Reflection;
using Exo.Api.Events;
using Exo.Api.Http.Native;
using Exo.Api.Http.Ollama;
using Exo.Api.Http.OpenAi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http;

/// <summary>The HTTP face of any Exo: this process's, a cluster's.</summary>
public static class ExoEndpoints
{
    private static string Version { get; } = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    /// <summary>
    /// Adds <c>/v1/…</c> as OpenAI has it, <c>/api/pull</c> as Ollama has it, <c>/exo/…</c> for consoles, <c>/health</c>, and at <c>/</c> where these are. Who may ask is
    /// <see cref="ExoGate"/>'s business.
    /// </summary>
    /// <param name="routes">The server.</param>
    /// <param name="service">Who answers.</param>
    /// <param name="events">What <c>/exo/events</c> tells.</param>
    /// <param name="limits">What the server puts up with; null: the defaults.</param>
    /// <param name="time">For limits and heartbeats; null: the system's.</param>
    public static IEndpointConventionBuilder MapExo(this IEndpointRouteBuilder routes, IExoService service, IEventSource events, HttpLimits? limits = null, TimeProvider? time = null)
    {
        limits ??= new HttpLimits();
        time ??= TimeProvider.System;
        var group = routes.MapGroup("");
        var answering = new Answering(service, limits, time);
        new ChatEndpoint(answering, limits, time).Map(group);
        new CompletionsEndpoint(answering, limits, time).Map(group);
        new ModelsEndpoint(service).Map(group);
        new OllamaPull(service, limits, time).Map(group);
        new NativeEndpoints(service, answering, limits, time).Map(group);
        new EventEndpoint(events, limits, time).Map(group);
        group.MapGet("/health", HealthAsync);
        group.MapGet("/", AboutAsync);
        routes.MapFallback(NothingThereAsync);
        return group;
    }

    private static Task NothingThereAsync(HttpContext context) => HttpErrors.WriteAsync(
        context, StatusCodes.Status404NotFound, HttpErrors.Body(ExoErrorKind.BadRequest, $"there is no {context.Request.Method} {context.Request.Path} here", code: "unknown_url"));

    /// <summary>For people whose browser or curl asks the bare address.</summary>
    private static Task AboutAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"Exo {Version} is running: OpenAI's API below /v1, models at /v1/models, the state at /exo/state, health at /health.\n", context.RequestAborted);
    }

    internal static Task HealthAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(new Health("ok", Version), HttpJson.Default.Health, cancellationToken: context.RequestAborted);
}
