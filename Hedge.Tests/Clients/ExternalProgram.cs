using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Hedge.Tests.Clients;

/// <summary>What a program left behind.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Both outputs.</param>
internal sealed record ProgramResult(int ExitCode, string Output);

/// <summary>Runs the programs that are clients of the server.</summary>
internal static class ExternalProgram
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    /// <summary>Runs a program to its end; ignores the test where it is not installed.</summary>
    /// <exception cref="TimeoutException">It did not end within two minutes; it is killed, and its output is
    /// in the message.</exception>
    public static async Task<ProgramResult> RunAsync(string program, IEnumerable<string> arguments,
        ReadOnlyMemory<byte> input = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        Process? started = null;
        try
        {
            started = Process.Start(start);
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not installed");
        }

        using Process process = started!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Timeout);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end:\n{await output}\n{await errors}");
        }

        return new ProgramResult(process.ExitCode, await output + await errors);
    }
}
