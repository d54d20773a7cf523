using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Hosting;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Services;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge" without a subcommand: the server, until a signal or SHUTDOWN ends it.</summary>
internal static class ServerCommand
{
    /// <summary>Runs it.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, TextWriter errors)
    {
        SettingsReading reading = SettingSources.Read(
            words, Environment.GetEnvironmentVariables(), Directory.GetCurrentDirectory());
        if (reading.Settings is not { } settings)
        {
            foreach (string problem in reading.Problems) await errors.WriteLineAsync(problem);
            return 1;
        }

        CommandTable commands = AllCommands.Table();
        if (commands.Rename(settings.Renames.Select(r => (r.Command, r.Name))) is { } unknown)
        {
            await errors.WriteLineAsync($"rename-command: {unknown}");
            return 1;
        }

        var server = new Server(commands, new SettingStore(settings, reading.ConfigFile));
        if (UsersAtStart.Load(server) is { } wrong)
        {
            await errors.WriteLineAsync(wrong);
            return 1;
        }

        var unconfigured = new HostApplicationBuilderSettings();
        HostApplicationBuilder builder =
            Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(unconfigured);
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(
            options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        builder.Services.AddSingleton<IClock, SystemClock>();
        builder.Services.AddSingleton(server);
        builder.Services.AddSingleton<ServerLog>();
        builder.Services.AddHostedService<HedgeServer>();
        using IHost host = builder.Build();
        try
        {
            await host.RunAsync();
        }
        catch (Exception problem)
            when (problem is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"Hedge can't start: {problem.Message}");
            return 1;
        }

        return Environment.ExitCode;
    }
}
