using System.Runtime.InteropServices;
using Garnet;

// Garnet with the settings of its own command line, until SIGTERM or SIGINT.
using var server = new GarnetServer(args);
server.Start();
using var ended = new ManualResetEventSlim();
using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
ended.Wait();

void End(PosixSignalContext context)
{
    context.Cancel = true;
    ended.Set();
}
