// Runs a compiled program with the Automation API: run.js PROGRAM PROJECT WORK_FOLDER preview|up
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";

async function main(file: string, projectName: string, workDir: string, command: string): Promise<void> {
    const program = async () => {
        const exported = require(file);
        // As Pulumi's own host does.
        return typeof exported === "function" ? exported() : exported;
    };
    const stack: Stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "dev", projectName, program },
        { workDir },
    );
    const options = { onOutput: (text: string) => process.stdout.write(text) };
    await (command === "up" ? stack.up(options) : stack.preview(options));
}

const [file, project, folder, command] = process.argv.slice(2);
main(file, project, folder, command).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
