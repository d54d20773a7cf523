using Hedge.Host.CommandLines;

return await HedgeCommandLine.RunAsync(args, Console.Out, Console.Error);
