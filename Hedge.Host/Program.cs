using Hedge.Host;
using Hedge.Host.Benchmarks;
using Hedge.Host.Hosting;
using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

if (args is ["bench", .. string[] words])
    return BenchCommand.Run(words, Console.Out, Console.Error);

SettingsReading reading =
    SettingSources.Read(args, Environment.GetEnvironmentVariables(), Directory.GetCurrentDirectory());
if (reading.Settings is not { } settings)
{
    foreach (string problem in reading.Problems) await Console.Error.WriteLineAsync(problem);
    return 1;
}

HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Logging.ClearProviders();
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
builder.Services.AddSingleton<IClock, SystemClock>();
builder.Services.AddSingleton(new Server(new SettingStore(settings, reading.ConfigFile)));
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
    await Console.Error.WriteLineAsync($"Hedge can't start: {problem.Message}");
    return 1;
}

return Environment.ExitCode;
