using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Exo.Silo.Logging;

/// <summary>What is logged: our own lines, and of Orleans and ASP.NET Core only what --verbose asks for.</summary>
internal static class SiloLogging
{
    public static ILoggingBuilder UseExoLogging(this ILoggingBuilder logging, bool isVerbose)
    {
        logging.ClearProviders();
        logging.AddConsole(console =>
        {
            console.FormatterName = PlainFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace; // Standard output is for answers, and a silo gives none.
        });
        logging.Services.AddSingleton<ConsoleFormatter>(new PlainFormatter(TimeProvider.System, isVerbose));
        // A lost silo or an absent Redis makes Orleans tell of every call and every try; MemberNews and RedisNews say it once.
        return logging.SetMinimumLevel(isVerbose ? LogLevel.Information : LogLevel.Critical).AddFilter("Exo", isVerbose ? LogLevel.Debug : LogLevel.Information)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Error); // What runs beside the silo has broken off.
    }
}
