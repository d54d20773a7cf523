using System.Runtime.InteropServices;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Microsoft.Extensions.Hosting;

namespace Hedge.Host.Hosting;

/// <summary>Ends the host on SIGTERM, SIGINT and SIGQUIT, and lets nothing else write to standard output.
/// While the log cannot be written, the signals are refused, as Redis does when it cannot save; a second
/// SIGINT is not, nor are any that shutdown-on-sigint or shutdown-on-sigterm has go down all the
/// same.</summary>
internal sealed class SignalLifetime(IHostApplicationLifetime application, Server server)
    : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private bool _wasInterrupted;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT })
            _registrations.Add(PosixSignalRegistration.Create(signal, Stop));
        // The server ignores the end of its terminal, as Redis does.
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP,
            static context => context.Cancel = true));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        ShutdownOptions options = OptionsOf(context.Signal);
        bool isForced = (options & (ShutdownOptions.NoSave | ShutdownOptions.Force)) != 0;
        if (server.WriteFailure is { } failure && !isForced
            && !(_wasInterrupted && context.Signal == PosixSignal.SIGINT))
        {
            _wasInterrupted |= context.Signal == PosixSignal.SIGINT;
            server.Log(LogLevel.Warning, $"{context.Signal} received but errors trying to shut down the "
                + $"server, since the log cannot be written: {failure}; can't exit");
            return;
        }

        if (options != ShutdownOptions.Default)
        {
            bool? saves = options.HasFlag(ShutdownOptions.Save) ? true
                : options.HasFlag(ShutdownOptions.NoSave) ? false : null;
            server.Shutdown = new ShutdownRequest(saves, options.HasFlag(ShutdownOptions.Now),
                options.HasFlag(ShutdownOptions.Force));
        }

        application.StopApplication();
    }

    private ShutdownOptions OptionsOf(PosixSignal signal)
    {
        ProcessSettings settings = server.Settings.Current.Process;
        return signal switch
        {
            PosixSignal.SIGINT => settings.OnInterrupt,
            PosixSignal.SIGTERM => settings.OnTerminate,
            _ => ShutdownOptions.Default,
        };
    }
}
