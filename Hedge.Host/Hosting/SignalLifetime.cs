using System.Runtime.InteropServices;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Microsoft.Extensions.Hosting;

namespace Hedge.Host.Hosting;

/// <summary>Ends the host on SIGTERM, SIGINT and SIGQUIT, and lets nothing else write to standard output.
/// While the log cannot be written, the signals are refused, as Redis does when it cannot save; a second
/// SIGINT is not.</summary>
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
        if (server.WriteFailure is { } failure && !(_wasInterrupted && context.Signal == PosixSignal.SIGINT))
        {
            _wasInterrupted |= context.Signal == PosixSignal.SIGINT;
            server.Log(LogLevel.Warning, $"{context.Signal} received but errors trying to shut down the "
                + $"server, since the log cannot be written: {failure}; can't exit");
            return;
        }

        application.StopApplication();
    }
}
